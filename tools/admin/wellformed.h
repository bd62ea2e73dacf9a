/* wellformed.h - is a text one JSON value? */
#ifndef ADMIN_WELLFORMED_H
#define ADMIN_WELLFORMED_H

#include <stdbool.h>
#include <stddef.h>

/* True for one value of RFC 8259 in UTF-8, nested at most 1024 deep. No recursion. */
bool jn_is_wellformed(const char *text, size_t size);

#endif
