/* contents.h - contents of messages, drawn at random: such as a format can carry. */
#ifndef CONTENTS_H
#define CONTENTS_H

#include "support/samples.h"

#include <jangle/messaging.h>

/* All formats, and how many there are. TEST_MEGA: jangle_mega was built. */
extern const struct jangle_format *const every_format[];
#ifdef TEST_MEGA
enum { EVERY_FORMAT = 7 };
#else
enum { EVERY_FORMAT = 5 };
#endif

/* Does the format write JSON in its own way, so that what is read is the same value in
 * other bytes? */
bool rewrites_json(const struct jangle_format *format);

/* Contents that the format can write. `expected` is what it then reads: the same, without
 * what it does not carry. They live in the arena of the samples. */
void contents_draw(struct samples *samples,
                   const struct jangle_format *format,
                   struct jangle_contents *contents,
                   struct jangle_contents *expected);

#endif
