#ifndef HABITD_NET_YOOKASSA_PRIV_H
#define HABITD_NET_YOOKASSA_PRIV_H

/* Shared by the yookassa*.c files. */

#define YK_REF "ref" /* the member of metadata that holds our reference */

#endif
