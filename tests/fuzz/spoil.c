/* spoil.c - sound texts become unsound ones, at random. */
#include "fuzz/spoil.h"

#include <string.h>

/* Bytes that mean something to a reader of JSON. */
static const char telling[] = "{}[]\",:\\u0eE+-.159tfn \t\x80\xff\xed\xc0";

size_t spoil(struct samples *random, uint8_t *bytes, size_t size)
{
    size_t at = size ? sample_below(random, size) : 0;
    size_t length = size ? sample_below(random, size - at) : 0;

    switch (sample_below(random, 5)) {
    case 0: /* one byte for another */
        if (size)
            bytes[at] = (uint8_t)telling[sample_below(random, sizeof telling)];
        return size;
    case 1: /* one bit */
        if (size)
            bytes[at] ^= (uint8_t)(1U << sample_below(random, 8));
        return size;
    case 2: /* the end is missing */
        return at;
    case 3: /* a piece is missing */
        memmove(bytes + at, bytes + at + length, size - at - length);
        return size - length;
    default: /* a piece is there twice */
        memmove(bytes + at + length, bytes + at, size - at);
        return size + length;
    }
}
