#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/log.h"

void notify_manager(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (path == NULL || path[0] == '\0')
        return;
    size_t len = strlen(path);
    if (len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) {
        log_event(LOG_WARN, "NOTIFY_SOCKET is no address", log_str("value", path));
        return;
    }
    memcpy(to.sun_path, path, len + 1);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        log_event(LOG_WARN, "the service manager cannot be told", log_str("error", strerror(errno)));
    if (fd >= 0)
        close(fd);
}
