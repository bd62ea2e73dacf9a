/* hash.c - XXH3 by libxxhash, in the byte order that it defines for files. */
#include "base/hash.h"

#include <string.h>
#include <xxhash.h>

_Static_assert(sizeof(XXH128_canonical_t) == JN_HASH_SIZE, "a hash is 16 bytes");

void jn_hash_bytes(unsigned char hash[JN_HASH_SIZE], const void *bytes, size_t size)
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(size ? bytes : "", size));
    memcpy(hash, &canonical, JN_HASH_SIZE);
}

/* A chain: the hash of what came before, and of this text. */
void jn_hash_texts(unsigned char hash[JN_HASH_SIZE], const char *const *texts)
{
    unsigned char links[2][JN_HASH_SIZE] = {{0}};

    for (; *texts; texts++) {
        jn_hash_bytes(links[1], *texts, strlen(*texts));
        jn_hash_bytes(links[0], links, sizeof links);
    }
    memcpy(hash, links[0], JN_HASH_SIZE);
}

uint64_t jn_hash_text(const char *text)
{
    return XXH3_64bits(text, strlen(text));
}
