/* rows.c - keep rows that were read, in blocks of memory that are freed together. */
#include "sqlite/file/rows.h"

#include <stddef.h>

enum { BLOCK_SIZE = 32 * 1024 };

/* Blocks are in a list, the newest first. A row that is larger than a block has
 * its own. */
struct jn_rows_block {
    struct jn_rows_block *next;
    size_t used;
    size_t size;
    max_align_t memory[];
};

/* Rows are in a list in the order in which they were added. */
struct jn_rows_link {
    struct jn_rows_link *next;
    max_align_t row[];
};

void jn_rows_init(struct jn_rows *rows, const struct jangle_allocator *allocator)
{
    *rows = (struct jn_rows){.allocator = allocator};
}

/* Free this block and the older ones. */
static void free_blocks(struct jn_rows *rows, struct jn_rows_block *block)
{
    while (block) {
        struct jn_rows_block *next = block->next;

        jn_free(rows->allocator, block);
        block = next;
    }
}

void jn_rows_finish(struct jn_rows *rows)
{
    free_blocks(rows, rows->blocks);
    *rows = (struct jn_rows){.allocator = rows->allocator};
}

void jn_rows_clear(struct jn_rows *rows)
{
    struct jn_rows_block *block = rows->blocks;

    if (block) {
        free_blocks(rows, block->next);
        block->next = NULL;
        block->used = 0;
    }
    *rows = (struct jn_rows){.allocator = rows->allocator, .blocks = block};
}

void *jn_rows_room(struct jn_rows *rows, size_t size)
{
    struct jn_rows_block *block = rows->blocks;
    void *room;

    if (size > SIZE_MAX / 2)
        size = SIZE_MAX / 2; /* no allocator gives that */
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!block || block->size - block->used < size) {
        size_t room_size = size > BLOCK_SIZE ? size : (size_t)BLOCK_SIZE;

        block = jn_resize(rows->allocator, NULL,
                          offsetof(struct jn_rows_block, memory) + room_size);
        if (!block) {
            rows->failed = true;
            return NULL;
        }
        *block = (struct jn_rows_block){.next = rows->blocks, .size = room_size};
        rows->blocks = block;
    }
    room = (char *)block->memory + block->used;
    block->used += size;
    rows->bytes += size;
    return room;
}

void *jn_rows_add(struct jn_rows *rows, size_t size)
{
    struct jn_rows_link *link =
        jn_rows_room(rows, offsetof(struct jn_rows_link, row) + size);

    if (!link)
        return NULL;
    memset(link, 0, offsetof(struct jn_rows_link, row) + size);
    if (rows->last)
        rows->last->next = link;
    else
        rows->first = link;
    rows->last = link;
    rows->count++;
    return link->row;
}

void *jn_rows_next(const struct jn_rows *rows, void *row)
{
    struct jn_rows_link *link = rows->first;

    if (row) {
        link = (void *)((char *)row - offsetof(struct jn_rows_link, row));
        link = link->next;
    }
    return link ? link->row : NULL;
}
