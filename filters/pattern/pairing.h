/* pairing.h - the most pairs that can be made of two small sets. */
#ifndef JN_PATTERN_PAIRING_H
#define JN_PATTERN_PAIRING_H

#include <stddef.h>
#include <stdint.h>

enum { JN_PATTERN_PAIRS_MAX = 64 };

/* How many pairs can be made at most, if each of both sets is in one pair only. Bit j of
 * edges[i] says that i of the one set and j of the other can be a pair. `count` is the
 * size of the first set, JN_PATTERN_PAIRS_MAX at most. */
size_t jn_pattern_most_pairs(const uint64_t *edges, size_t count);

#endif
