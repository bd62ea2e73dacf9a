/* spoil.h - sound texts become unsound ones, at random. */
#ifndef SPOIL_H
#define SPOIL_H

#include "support/samples.h"

/* Change one thing. `bytes` has room for twice `size`. Returns the new size. */
size_t spoil(struct samples *random, uint8_t *bytes, size_t size);

#endif
