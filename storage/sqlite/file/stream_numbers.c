/* stream_numbers.c - the numbers of streams that are in memory: a table of small sets. A
 * stream is in the set that its name leads to, whose first member is the one that was
 * used last; a full set drops its last member. So there is a bound, and nothing is
 * counted. */
#include "sqlite/file/stream_numbers.h"

#include "sqlite/file/checksum.h"

enum { SET_COUNT = 4096, SET_SIZE = 4 };

struct jn_numbered_stream {
    struct jn_stream_number number;
    char *id;     /* in `names`, behind the kind */
    char names[]; /* the kind */
};

/* In sqlite_file.h it is only named. */
struct jn_stream_set {
    struct jn_numbered_stream *members[SET_SIZE];
};

static struct jn_stream_set *
set_of(const struct jn_file *file, const char *kind, const char *id)
{
    struct jn_values names;

    if (!file->stream_sets)
        return NULL;
    jn_values_begin(&names, kind);
    jn_values_add_text(&names, id);
    return &file->stream_sets[(uint64_t)jn_values_checksum(&names) % SET_COUNT];
}

/* Make a member the first one. Those before it move up by one. */
static void
move_to_front(struct jn_stream_set *set, size_t at, struct jn_numbered_stream *stream)
{
    memmove(set->members + 1, set->members, at * sizeof *set->members);
    set->members[0] = stream;
}

/* The place of a stream in its set; SET_SIZE if it is not there. */
static size_t place_of(const struct jn_stream_set *set, const char *kind, const char *id)
{
    for (size_t at = 0; at < SET_SIZE && set->members[at]; at++)
        if (strcmp(set->members[at]->id, id) == 0 &&
            strcmp(set->members[at]->names, kind) == 0)
            return at;
    return SET_SIZE;
}

struct jn_stream_number
jn_stream_numbers_find(const struct jn_file *file, const char *kind, const char *id)
{
    struct jn_stream_set *set = set_of(file, kind, id);
    size_t at = set ? place_of(set, kind, id) : SET_SIZE;

    if (at == SET_SIZE)
        return (struct jn_stream_number){.number = 0};
    move_to_front(set, at, set->members[at]);
    return set->members[0]->number;
}

static struct jn_numbered_stream *
make_stream(const struct jangle_allocator *allocator, const char *kind, const char *id)
{
    size_t kind_size = strlen(kind) + 1, id_size = strlen(id) + 1;
    struct jn_numbered_stream *made =
        jn_resize(allocator, NULL, sizeof *made + kind_size + id_size);

    if (!made)
        return NULL;
    memcpy(made->names, kind, kind_size);
    made->id = memcpy(made->names + kind_size, id, id_size);
    return made;
}

/* A new member is made before the last one goes. */
static void keep_new(struct jn_stream_set *set,
                     const struct jangle_allocator *allocator,
                     const char *kind,
                     const char *id,
                     struct jn_stream_number number)
{
    struct jn_numbered_stream *made = make_stream(allocator, kind, id);

    if (!made)
        return;
    made->number = number;
    jn_free(allocator, set->members[SET_SIZE - 1]);
    move_to_front(set, SET_SIZE - 1, made);
}

void jn_stream_numbers_keep(struct jn_file *file,
                            const char *kind,
                            const char *id,
                            struct jn_stream_number number)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    struct jn_stream_set *set;
    size_t at;

    if (!file->stream_sets)
        file->stream_sets = jn_new(allocator, SET_COUNT * sizeof *file->stream_sets);
    set = set_of(file, kind, id);
    if (!set)
        return;
    at = place_of(set, kind, id);
    if (at < SET_SIZE)
        set->members[at]->number = number;
    else
        keep_new(set, allocator, kind, id, number);
}

void jn_stream_numbers_clear(struct jn_file *file)
{
    const struct jangle_allocator *allocator = &file->host->allocator;

    for (size_t at = 0; file->stream_sets && at < SET_COUNT; at++)
        for (size_t member = 0; member < SET_SIZE; member++)
            jn_free(allocator, file->stream_sets[at].members[member]);
    jn_free(allocator, file->stream_sets);
    file->stream_sets = NULL;
}
