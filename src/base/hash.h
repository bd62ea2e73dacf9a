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

/* A number, well mixed: so the multiples of JN_MIX_STEP become numbers as if drawn at
 * random. (G. Steele and others, "Fast Splittable Pseudorandom Number Generators", 2014:
 * SplitMix64.) */
#define JN_MIX_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t jn_mix(uint64_t number)
{
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

#endif
