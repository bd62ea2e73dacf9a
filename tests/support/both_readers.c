/* both_readers.c - a text is decoded by canonical.h and by the plain reader, and what
 * they make of it is compared. */
#include "support/both_readers.h"

#include "base/error.h"
#include "message/copy.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/member.h"

#include <stdlib.h>
#include <string.h>

/* It was made in the arena before. */
static const char earlier[] = "an earlier piece";

/* What one way of reading has made. */
struct made {
    struct jangle_arena arena;
    void *data;
    struct jangle_error error;
};

static bool differ(struct both_readers *both, const char *reason)
{
    if (!both->reason[0])
        jn_text_format(both->reason, sizeof both->reason, "%s", reason);
    return false;
}

/* Each struct is filled with another byte, which stays where nobody writes. */
static void make(struct both_readers *both, struct made *made, int filling)
{
    jn_arena_init(&made->arena, both->allocator);
    made->data = malloc(both->type->size);
    if (!made->data)
        abort();
    memset(made->data, filling, both->type->size);
    made->error = (struct jangle_error){JANGLE_OK, ""};
}

static void finish(struct made *made)
{
    free(made->data);
    jn_arena_finish(&made->arena);
}

/* ---- bytes ---------------------------------------------------------------------- */

static bool have_same_bytes(const struct jangle_message *type,
                            const unsigned char *data,
                            const unsigned char *other);

static bool have_same_items(const struct jangle_message *type,
                            const void *member,
                            const void *other_member)
{
    struct jangle_list list = jn_list_read(member), other = jn_list_read(other_member);
    bool same = list.count == other.count && !list.items == !other.items;

    for (size_t i = 0; same && i < list.count; i++)
        same = have_same_bytes(type, jn_list_item(&list, type, i),
                               jn_list_item(&other, type, i));
    return same;
}

/* Where a member has its pointer; the size of the struct if it has none. */
static size_t pointer_of(const struct jangle_field *field, size_t size)
{
    switch (field->kind) {
    case JANGLE_KIND_TEXT:
    case JANGLE_KIND_JSON:
    case JANGLE_KIND_LIST:
        return field->offset;
    case JANGLE_KIND_OPTIONAL_TEXT:
        return field->offset + offsetof(jangle_optional_text, value);
    default:
        return size;
    }
}

/* Copies lose their pointers, but for whether they are NULL; all else must be alike, the
 * padding, too. */
static bool have_same_bytes(const struct jangle_message *type,
                            const unsigned char *data,
                            const unsigned char *other)
{
    unsigned char *copies = malloc(2 * type->size);
    bool same = true;

    if (!copies)
        abort();
    memcpy(copies, data, type->size);
    memcpy(copies + type->size, other, type->size);
    for (const struct jangle_field *field = type->fields; field->name && same; field++) {
        size_t at = pointer_of(field, type->size);
        const void *left, *right;

        if (field->kind == JANGLE_KIND_LIST)
            same = have_same_items(field->type, data + at, other + at);
        if (field->kind == JANGLE_KIND_NESTED) {
            same =
                have_same_bytes(field->type, data + field->offset, other + field->offset);
            memset(copies + field->offset, 0, field->type->size);
            memset(copies + type->size + field->offset, 0, field->type->size);
        }
        if (at == type->size)
            continue;
        memcpy(&left, data + at, sizeof left);
        memcpy(&right, other + at, sizeof right);
        same = same && !left == !right;
        memset(copies + at, 0, sizeof left);
        memset(copies + type->size + at, 0, sizeof right);
    }
    same = same && memcmp(copies, copies + type->size, type->size) == 0;
    free(copies);
    return same;
}

static bool has_reals(const struct jangle_message *type)
{
    for (const struct jangle_field *field = type->fields; field->name; field++)
        if (field->kind == JANGLE_KIND_REAL || field->kind == JANGLE_KIND_OPTIONAL_REAL ||
            (field->type && has_reals(field->type)))
            return true;
    return false;
}

/* ---- what became of the text ---------------------------------------------------- */

static bool is_in_arena(const struct jangle_arena *arena, const void *memory)
{
    return jn_arena_holds(arena, memory);
}

/* What is taken is canonical, so it is written as the same bytes. A double may have been
 * written otherwise. */
static bool writes_the_same(struct both_readers *both,
                            const struct made *made,
                            const char *text,
                            size_t size)
{
    struct jangle_arena arena;
    const char *json;
    size_t json_size;
    bool same;

    jn_arena_init(&arena, both->allocator);
    same =
        !jn_encode(&arena, both->type, made->data, JN_NULLS_REFUSED, &both->limits, &json,
                   &json_size, NULL) &&
        (has_reals(both->type) || (json_size == size && memcmp(json, text, size) == 0));
    jn_arena_finish(&arena);
    return same || differ(both, "what was taken is written otherwise");
}

static bool was_taken_right(struct both_readers *both,
                            const struct made *taken,
                            const struct made *plain,
                            const struct jn_arena_mark *before)
{
    char path[JN_PATH_SIZE];

    if (both->canonical != JN_CANONICAL_TAKEN)
        return true;
    if (both->result)
        return differ(both, "it was taken, and the plain reader refuses it");
    if (!have_same_bytes(both->type, taken->data, plain->data))
        return differ(both, "it was taken as another struct");
    if (!jn_type_equal(both->type, taken->data, plain->data, NULL))
        return differ(both, "it was taken with another text");
    if (taken->arena.used - before->used != plain->arena.used)
        return differ(both, "it was taken into more or less of the arena");
    return jn_type_points(both->type, taken->data, is_in_arena, &taken->arena, path) ||
           differ(both, "what was taken points elsewhere");
}

/* The piece that was made before is still there, and nothing else. */
static bool was_declined_whole(struct both_readers *both,
                               const struct made *declined,
                               const struct jn_arena_mark *before)
{
    struct jn_arena_mark now = jn_arena_mark(&declined->arena);
    const unsigned char *data = declined->data;

    if (both->canonical == JN_CANONICAL_TAKEN)
        return true;
    if (both->canonical != JN_CANONICAL_DECLINED)
        return differ(both, "there was no memory");
    for (size_t i = 0; i < both->type->size; i++)
        if (data[i])
            return differ(both, "it was declined, and the struct is not all zero");
    if (now.block != before->block || now.next != before->next ||
        now.block_used != before->block_used || now.used != before->used)
        return differ(both, "it was declined, and the arena is not as before");
    return true;
}

static bool does_the_same(struct both_readers *both,
                          const struct made *plain,
                          const char *text,
                          size_t size)
{
    struct made made;
    bool same;

    make(both, &made, 0x33);
    same = jn_decode(&made.arena, both->type, text, size, jn_type_version(both->type),
                     &both->limits, made.data, &made.error) == both->result &&
           strcmp(made.error.message, plain->error.message) == 0 &&
           have_same_bytes(both->type, made.data, plain->data) &&
           jn_type_equal(both->type, made.data, plain->data, NULL);
    finish(&made);
    return same || differ(both, "jn_decode is not as the plain reader");
}

bool both_readers_agree(struct both_readers *both, const char *text, size_t size)
{
    int version = jn_type_version(both->type);
    struct made canonical, plain;
    struct jn_arena_mark before;
    const char *kept;
    bool agree;

    both->reason[0] = '\0';
    make(both, &plain, 0xA5);
    both->result = jn_decode_plain(&plain.arena, both->type, text, size, version,
                                   &both->limits, plain.data, &plain.error);
    make(both, &canonical, 0x5A);
    kept = jn_arena_copy_text(&canonical.arena, earlier);
    before = jn_arena_mark(&canonical.arena);
    both->canonical = jn_canonical_decode(&canonical.arena, both->type, text, size,
                                          version, &both->limits, canonical.data);
    agree = was_taken_right(both, &canonical, &plain, &before) &&
            (both->canonical != JN_CANONICAL_TAKEN ||
             writes_the_same(both, &canonical, text, size)) &&
            was_declined_whole(both, &canonical, &before) &&
            does_the_same(both, &plain, text, size) &&
            (strcmp(kept, earlier) == 0 || differ(both, "an earlier piece was changed"));
    finish(&canonical);
    finish(&plain);
    return agree;
}
