/* letters.c - jangle_look_dead and jangle_look_parked: parked events, without the program
 * that has parked them. */
#include "base/pair.h"
#include "core/call.h"
#include "look/described.h"
#include "look/names.h"
#include "look/store_page.h"
#include "look/view_files.h"

#include <stdlib.h>

struct letters {
    struct jangle_look *look;
    const char *wanted; /* NULL: of all subscribers */
    bool all;           /* also those that are not dead */
    jangle_dead_letter_fn *visit;
    void *context;
    struct jangle_error *error;
    struct jn_description description;
    struct jangle_arena arena; /* of one subscriber */
    struct {
        struct jangle_parked *items;
        size_t count;
    } rows;
};

/* ---- collecting -------------------------------------------------------------- */

static enum jangle_result collect(void *context, const struct jangle_parked *parked)
{
    struct letters *letters = context;
    struct jangle_arena *arena = &letters->arena;

    if (parked->kind == JANGLE_PARKED_EVENT && !parked->position)
        return JANGLE_OK; /* a consumer's attempt at a message: no event is parked */
    if (!parked->dead && !letters->all)
        return JANGLE_OK;
    jangle_list_add(
        arena, &letters->rows, jangle_parked, .kind = parked->kind,
        .key = jn_arena_copy_text(arena, parked->key), .position = parked->position,
        .attempts = parked->attempts, .next_at = parked->next_at, .dead = parked->dead,
        .error = jn_arena_copy_text(arena, parked->error ? parked->error : ""));
    return jn_arena_check(arena, letters->error);
}

/* In the store, or in the file of the view. */
static enum jangle_result collect_all(struct letters *letters, const char *subscriber)
{
    struct jangle_store *store = letters->look->store;
    const struct jn_described *described =
        jn_described_find(&letters->description, subscriber);
    struct jangle_view_file *file;
    jangle_time all = {0};
    enum jangle_result result = store->ops->read_parked(store, subscriber, all, INT32_MAX,
                                                        collect, letters, letters->error);

    if (!result)
        result = jn_look_view(letters->look, subscriber,
                              described ? described->file : NULL, &file, letters->error);
    if (result || !file)
        return result;
    result =
        file->ops->read_parked(file, all, INT32_MAX, collect, letters, letters->error);
    file->ops->close_file(file);
    return result;
}

static int by_position(const void *one, const void *other)
{
    const struct jangle_parked *left = one, *right = other;

    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return strcmp(left->key, right->key);
}

/* ---- showing ----------------------------------------------------------------- */

struct showing {
    struct jangle_arena arena;
    struct jangle_dead_letter letter;
};

static enum jangle_result fill_event(void *context, const struct jangle_found *found)
{
    struct showing *showing = context;
    struct jangle_dead_letter *letter = &showing->letter;
    const struct jangle_record *record = found->record;
    struct jangle_arena *arena = &showing->arena;
    char *payload;

    letter->version = record->version;
    letter->type = jn_arena_copy_text(arena, record->type);
    letter->stream =
        record->kind && record->id ? jn_pair_make(arena, record->kind, record->id) : NULL;
    if (found->fault) {
        letter->payload = jn_arena_copy_text(arena, found->fault);
        return JANGLE_OK;
    }
    payload = jangle_alloc(arena, record->payload_size + 1);
    if (payload && record->payload_size)
        memcpy(payload, record->payload, record->payload_size);
    letter->payload = payload;
    return JANGLE_OK;
}

/* How many events its stream has behind it. */
static enum jangle_result count_held(struct jangle_look *look,
                                     struct jangle_dead_letter *letter,
                                     struct jangle_error *error)
{
    const char *id = letter->stream ? strchr(letter->stream, '/') : NULL;
    char kind[256];
    int64_t head = 0;
    enum jangle_result result;

    letter->held_count = letter->kind == JANGLE_PARKED_EVENT ? 0 : -1;
    if (letter->kind != JANGLE_PARKED_STREAM || !id ||
        (size_t)(id - letter->stream) >= sizeof kind)
        return JANGLE_OK;
    memcpy(kind, letter->stream, (size_t)(id - letter->stream));
    kind[id - letter->stream] = '\0';
    result = look->store->ops->stream_head(look->store, kind, id + 1, &head, error);
    if (!result && head >= letter->version)
        letter->held_count = head - letter->version;
    return result;
}

static enum jangle_result show(struct letters *letters,
                               struct showing *showing,
                               const char *subscriber,
                               const struct jangle_parked *parked)
{
    struct jangle_dead_letter *letter = &showing->letter;
    struct jangle_range range = {
        .after = parked->position - 1, .before = parked->position + 1, .limit = 1};
    enum jangle_result result;

    *letter = (struct jangle_dead_letter){
        .subscriber = subscriber,
        .kind = parked->kind,
        .position = parked->position,
        .attempts = parked->attempts,
        .failed_at = parked->next_at,
        .reason = parked->error,
        .dead = parked->dead,
    };
    jn_arena_reset(&showing->arena);
    result = jn_store_page(letters->look, &range, fill_event, showing, letters->error);
    if (!result)
        result = count_held(letters->look, letter, letters->error);
    if (!result)
        result = jn_arena_check(&showing->arena, letters->error);
    if (result)
        return result;
    if (!letter->stream)
        letter->stream = "";
    if (!letter->payload)
        letter->payload = "the event is not in the store";
    return jn_call_visited(letters->visit(letters->context, letter), letters->error);
}

static enum jangle_result show_all(struct letters *letters, const char *subscriber)
{
    struct showing showing = {.letter.position = 0};
    enum jangle_result result = collect_all(letters, subscriber);

    if (result || !letters->rows.count)
        return result;
    qsort(letters->rows.items, letters->rows.count, sizeof *letters->rows.items,
          by_position);
    jn_arena_init(&showing.arena, letters->look->allocator);
    for (size_t at = 0; !result && at < letters->rows.count; at++)
        result = show(letters, &showing, subscriber, &letters->rows.items[at]);
    jn_arena_finish(&showing.arena);
    return result;
}

/* ---- the calls --------------------------------------------------------------- */

static enum jangle_result show_wanted(struct letters *letters)
{
    struct jn_name_list names;
    enum jangle_result result =
        jn_look_names(letters->look, letters->wanted, &names, letters->error);

    if (!result)
        result =
            jn_description_read(&letters->description, letters->look, letters->error);
    for (size_t at = 0; !result && at < names.list.count; at++) {
        jn_arena_init(&letters->arena, letters->look->allocator);
        letters->rows.items = NULL;
        letters->rows.count = 0;
        result = show_all(letters, names.list.items[at]);
        jn_arena_finish(&letters->arena);
    }
    jn_arena_finish(&letters->description.arena);
    jn_arena_finish(&names.arena);
    return result;
}

/* Through an instance it is the instance that knows best. */
static enum jangle_result show_letters(struct letters *letters, const char *call)
{
    struct jangle_look *look = letters->look;
    struct jangle_error why = {0};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result && look->jangle)
        return (letters->all ? jangle_parked_visit : jangle_dead_letter_visit)(
            look->jangle, letters->wanted, letters->visit, letters->context,
            letters->error);
    if (!result) {
        struct jangle_error *error = letters->error;

        letters->error = &why;
        result = show_wanted(letters);
        letters->error = error;
    }
    return jn_call_end(NULL, call, result, &why, letters->error);
}

enum jangle_result jangle_look_dead(struct jangle_look *look,
                                    const char *subscriber,
                                    jangle_dead_letter_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct letters letters = {.look = look,
                              .wanted = subscriber,
                              .visit = visit,
                              .context = context,
                              .error = error};

    return show_letters(&letters, "jangle_look_dead");
}

enum jangle_result jangle_look_parked(struct jangle_look *look,
                                      const char *subscriber,
                                      jangle_dead_letter_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct letters letters = {.look = look,
                              .wanted = subscriber,
                              .all = true,
                              .visit = visit,
                              .context = context,
                              .error = error};

    return show_letters(&letters, "jangle_look_parked");
}
