#ifndef HABITD_CLI_NOTIFY_H
#define HABITD_CLI_NOTIFY_H

/*
 * Tells the service manager how far the program is: one datagram to the socket that NOTIFY_SOCKET names
 * (sd_notify(3); "@NAME" is in the abstract namespace). Nothing without it. state: "READY=1", "STOPPING=1".
 */
void notify_manager(const char *state);

#endif
