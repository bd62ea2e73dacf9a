/* arena.c - blocks that only grow, and lists that know how much room they have. */
#include "base/arena.h"

#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Under AddressSanitizer every piece has a poisoned gap behind it, and what is not handed
 * out is poisoned. */
#if defined(__SANITIZE_ADDRESS__)
#define GUARDED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARDED
#endif
#endif

#ifdef GUARDED
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#define POISON(memory, size)      __asan_poison_memory_region(memory, size)
#define UNPOISON(memory, size)    __asan_unpoison_memory_region(memory, size)
#define IS_POISONED(memory, size) (__asan_region_is_poisoned(memory, size) != NULL)
#else
enum { GAP = 0 };
#define POISON(memory, size)      ((void)(memory), (void)(size))
#define UNPOISON(memory, size)    ((void)(memory), (void)(size))
#define IS_POISONED(memory, size) ((void)(memory), (void)(size), false)
#endif

enum { FIRST_SIZE = 1024, USUAL_SIZE_MAX = 64 * 1024, FIRST_CAPACITY = 4 };

/* The newest block comes first, and is the one that is filled. */
struct jn_block {
    struct jn_block *next;
    size_t size; /* of `bytes` */
    size_t used;
    max_align_t bytes[];
};

/* Stands before the items of a list that was grown here. The seal tells it from what
 * else may stand there: a list that came from elsewhere has no room to spare. */
struct room {
    _Alignas(max_align_t) uintptr_t seal;
    size_t size; /* of the items' memory */
};

_Static_assert(sizeof(struct room) == 16, "no piece is smaller than what seals a list");

static const uintptr_t SEAL = (uintptr_t)0x6a616e676c653a29;

void jn_arena_init(struct jangle_arena *arena, const struct jangle_allocator *allocator)
{
    *arena = (struct jangle_arena){.allocator = allocator};
}

static void free_block(struct jangle_arena *arena, struct jn_block *block)
{
    UNPOISON(block->bytes, block->size);
    jn_free(arena->allocator, block);
}

void jn_arena_finish(struct jangle_arena *arena)
{
    while (arena->blocks) {
        struct jn_block *block = arena->blocks;

        arena->blocks = block->next;
        free_block(arena, block);
    }
    arena->used = 0;
}

/* One block of a usual size is kept, so that the next message needs no call of the
 * allocator. A large one is freed: a single large message must not hold its memory from
 * then on. */
void jn_arena_reset(struct jangle_arena *arena)
{
    struct jn_block *kept = NULL;

    while (arena->blocks) {
        struct jn_block *block = arena->blocks;

        arena->blocks = block->next;
        if (!kept && block->size <= USUAL_SIZE_MAX)
            kept = block;
        else
            free_block(arena, block);
    }
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
        POISON(kept->bytes, kept->size);
    }
    arena->blocks = kept;
    arena->used = 0;
    arena->failed = false;
}

struct jn_arena_mark jn_arena_mark(const struct jangle_arena *arena)
{
    struct jn_block *newest = arena->blocks;

    return (struct jn_arena_mark){.block = newest,
                                  .next = newest ? newest->next : NULL,
                                  .block_used = newest ? newest->used : 0,
                                  .used = arena->used};
}

/* Free the block that `*at` points to. */
static void drop_block(struct jangle_arena *arena, struct jn_block **at)
{
    struct jn_block *block = *at;

    *at = block->next;
    free_block(arena, block);
}

/* New blocks lie before the one that was the newest, and those of outsized pieces right
 * behind it. */
void jn_arena_set_back(struct jangle_arena *arena, const struct jn_arena_mark *mark)
{
    struct jn_block *block = mark->block;

    while (arena->blocks != block)
        drop_block(arena, &arena->blocks);
    while (block && block->next != mark->next)
        drop_block(arena, &block->next);
    if (block) {
        block->used = mark->block_used;
        POISON((unsigned char *)block->bytes + block->used, block->size - block->used);
    }
    arena->used = mark->used;
}

/* There are few blocks: each is twice as large as the one before. */
bool jn_arena_holds(const struct jangle_arena *arena, const void *memory)
{
    uintptr_t at = (uintptr_t)memory;

    for (const struct jn_block *block = arena->blocks; block; block = block->next) {
        uintptr_t start = (uintptr_t)block->bytes;

        if (at >= start && at - start < block->used)
            return true;
    }
    return false;
}

size_t jn_arena_bytes(const struct jangle_arena *arena)
{
    size_t bytes = 0;

    for (const struct jn_block *block = arena->blocks; block; block = block->next)
        bytes += sizeof *block + block->size;
    return bytes;
}

/* Returns a block with `size` bytes of room; NULL when out of memory. A block for one
 * piece that is larger than usual is put behind the newest, which still has room. */
static struct jn_block *add_block(struct jangle_arena *arena, size_t size)
{
    struct jn_block *newest = arena->blocks;
    size_t usual = newest ? newest->size * 2 : FIRST_SIZE;
    struct jn_block *block;

    if (usual > USUAL_SIZE_MAX)
        usual = USUAL_SIZE_MAX;
    block = jn_resize(arena->allocator, NULL,
                      sizeof(struct jn_block) + (size > usual ? size : usual));
    if (!block)
        return NULL;
    *block = (struct jn_block){.size = size > usual ? size : usual};
    POISON(block->bytes, block->size);
    if (newest && size > usual) {
        block->next = newest->next;
        newest->next = block;
    } else {
        block->next = newest;
        arena->blocks = block;
    }
    return block;
}

void *jn_arena_room(struct jangle_arena *arena, size_t size)
{
    size_t weight = jn_arena_weight(size);
    struct jn_block *block = arena->blocks;
    unsigned char *memory;

    if (size > SIZE_MAX / 2)
        block = NULL;
    else if (!block || block->size - block->used < weight + GAP)
        block = add_block(arena, weight + GAP);
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    memory = (unsigned char *)block->bytes + block->used;
    block->used += weight + GAP;
    arena->used += weight;
    UNPOISON(memory, weight);
    /* A seal that an earlier message left behind must not seal what is made next. */
    memset(memory + weight - sizeof(struct room), 0, sizeof(struct room));
    POISON(memory + size, weight - size);
    return memory;
}

void *jangle_alloc(struct jangle_arena *arena, size_t size)
{
    void *memory = jn_arena_room(arena, size);

    return memory ? memset(memory, 0, size) : NULL;
}

void *jn_arena_copy(struct jangle_arena *arena, const void *bytes, size_t size)
{
    void *copy = jn_arena_room(arena, size);

    return copy && size ? memcpy(copy, bytes, size) : copy;
}

char *jn_arena_copy_text(struct jangle_arena *arena, const char *text)
{
    return text ? jn_arena_copy(arena, text, strlen(text) + 1) : NULL;
}

enum jangle_result jn_arena_check(const struct jangle_arena *arena,
                                  struct jangle_error *error)
{
    if (!arena->failed)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NO_MEMORY, "out of memory for a message or a state");
}

const char *jangle_text(struct jangle_arena *arena, const char *format, ...)
{
    va_list values;
    char *text = NULL;
    int length;

    va_start(values, format);
    length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (length >= 0)
        text = jangle_alloc(arena, (size_t)length + 1);
    if (!text) {
        arena->failed = true;
        return "";
    }
    va_start(values, format);
    vsnprintf(text, (size_t)length + 1, format, values);
    va_end(values);
    return text;
}

/* ---- lists ------------------------------------------------------------------- */

/* The bytes that the list at `items` may use: 0 unless the list was grown in this arena.
 * A list that the user made elsewhere may have anything before its items, also memory
 * that must not be read: so the arena is asked first. */
static size_t room_of(const struct jangle_arena *arena, const void *items)
{
    uintptr_t at = (uintptr_t)items - sizeof(struct room);
    struct room room;

    if (!items || !jn_arena_holds(arena, (const void *)at) ||
        IS_POISONED((void *)at, sizeof room))
        return 0;
    memcpy(&room, (const void *)at, sizeof room);
    return room.seal == ((uintptr_t)items ^ SEAL) ? room.size : 0;
}

/* Move the items to a place with room for as many again; false when out of memory. */
static bool grow_list(struct jangle_arena *arena, struct jangle_list *list, size_t size)
{
    size_t capacity = list->count < FIRST_CAPACITY / 2 ? FIRST_CAPACITY : list->count * 2;
    struct room *room;
    void *items;

    if (list->count > SIZE_MAX / 8 / size) {
        arena->failed = true;
        return false;
    }
    room = jangle_alloc(arena, sizeof *room + capacity * size);
    if (!room)
        return false;
    items = room + 1;
    room->seal = (uintptr_t)items ^ SEAL;
    room->size = capacity * size;
    if (list->count)
        memcpy(items, list->items, list->count * size);
    list->items = items;
    return true;
}

/* The list is read and written by memcpy, because its struct is the user's, with typed
 * items. */
void *
jangle_list_add_(struct jangle_arena *arena, void *list, size_t size, const void *item)
{
    struct jangle_list view;
    unsigned char *added;

    memcpy(&view, list, sizeof view);
    assert(view.items || !view.count);
    if (room_of(arena, view.items) / size <= view.count && !grow_list(arena, &view, size))
        return NULL;
    added = (unsigned char *)view.items + view.count * size;
    memcpy(added, item, size);
    view.count++;
    memcpy(list, &view, sizeof view);
    return added;
}

void jangle_list_remove_(void *list, size_t size, size_t index)
{
    struct jangle_list view;
    unsigned char *removed;

    memcpy(&view, list, sizeof view);
    if (index >= view.count)
        return;
    removed = (unsigned char *)view.items + index * size;
    view.count--;
    memmove(removed, removed + size, (view.count - index) * size);
    memcpy(list, &view, sizeof view);
}
