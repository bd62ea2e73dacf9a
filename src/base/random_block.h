/* random_block.h - random bytes of the system, taken many at a time, because each id
 * needs a few and a system call costs more than they are worth.
 *
 * They are in a page that the kernel wipes when the process forks, which also says that
 * none are left: so a child never makes an id of bytes that its parent uses. Where the
 * kernel wipes no pages there is no block. */
#ifndef JN_RANDOM_BLOCK_H
#define JN_RANDOM_BLOCK_H

#include <jangle/plugin/random.h>

struct jn_random_block;

/* NULL if there can be none; then the source is asked each time. */
struct jn_random_block *jn_random_block_open(void);
void jn_random_block_close(struct jn_random_block *block);

/* Take bytes, 64 at most, which nobody gets again. One thread at a time. */
void jn_random_block_take(struct jn_random_block *block,
                          const struct jangle_random *source,
                          void *bytes,
                          size_t size);

#endif
