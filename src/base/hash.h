/* hash.h - XXH3 of 128 bits, by libxxhash: fingerprints of what is trusted, not seals. */
#ifndef JN_HASH_H
#define JN_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { JN_HASH_SIZE = 16 };

/* Of one piece of memory. */
void jn_hash_bytes(unsigned char hash[JN_HASH_SIZE], const void *bytes, size_t size);

/* Of several texts in a row, each with its length, so that ("ab", "c") differs from
 * ("a", "bc"); ends with NULL. */
void jn_hash_texts(unsigned char hash[JN_HASH_SIZE], const char *const *texts);

/* Of 64 bits, for tables in memory. */
uint64_t jn_hash_text(const char *text);

#endif
