/* random_block.c - random bytes of the system, many at a time, in a page of their own. */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "base/random_block.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_SIZE = 4096 - sizeof(size_t), TAKEN_MAX = 64 };

struct jn_random_block {
    size_t left; /* of the bytes, at their beginning */
    unsigned char bytes[BLOCK_SIZE];
};

/* The page is zero at first, and in a child: then none are left. */
struct jn_random_block *jn_random_block_open(void)
{
#ifdef MADV_WIPEONFORK
    struct jn_random_block *block = mmap(NULL, sizeof *block, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (block == MAP_FAILED)
        return NULL;
    if (madvise(block, sizeof *block, MADV_WIPEONFORK) == 0)
        return block;
    munmap(block, sizeof *block);
#endif
    return NULL;
}

void jn_random_block_close(struct jn_random_block *block)
{
    if (block)
        munmap(block, sizeof *block);
}

/* What was taken does not stay in memory. */
void jn_random_block_take(struct jn_random_block *block,
                          const struct jangle_random *source,
                          void *bytes,
                          size_t size)
{
    assert(size <= TAKEN_MAX);
    if (block->left < size) {
        source->fill(source->context, block->bytes, sizeof block->bytes);
        block->left = sizeof block->bytes;
    }
    block->left -= size;
    memcpy(bytes, block->bytes + block->left, size);
    memset(block->bytes + block->left, 0, size);
}
