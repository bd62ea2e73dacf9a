/* shown_log.c - all that a store shows of its events, as text that tests can compare. */
#include "support/stores/shown_log.h"

#include "sqlite/store/sqlite_store.h"

#include <inttypes.h>

static void begin(struct shown_log *shown)
{
    *shown = (struct shown_log){.count = 0};
    shown->file = open_memstream(&shown->text, &shown->size);
    assert_non_null(shown->file);
}

static void end(struct shown_log *shown, const struct jangle_error *error)
{
    if (error->result)
        fprintf(shown->file, "%s\n", error->message);
    assert_int_equal(fclose(shown->file), 0);
}

static void add_bytes(FILE *file, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        fprintf(file, "%02x", bytes[i]);
}

static enum jangle_result add_record(void *context, const struct jangle_record *record)
{
    struct shown_log *shown = context;

    fprintf(shown->file, "%" PRId64 " %s/%s %" PRId64 " %s %d %" PRId64 " ",
            record->position, record->kind, record->id, record->version, record->type,
            record->type_version, record->at.us);
    add_bytes(shown->file, record->event_id, sizeof record->event_id);
    fprintf(shown->file, " %s %zu ", record->meta ? record->meta : "none",
            record->payload_size);
    add_bytes(shown->file, record->payload, record->payload_size);
    fprintf(shown->file, "%s\n", record->payload ? "" : " erased");
    shown->count++;
    return JANGLE_OK;
}

struct shown_log show_log(struct jangle_store *store, int64_t position, size_t limit)
{
    struct jangle_error error = {0};
    struct shown_log shown;

    begin(&shown);
    error.result =
        store->ops->read_all(store, position, limit, add_record, &shown, &error);
    end(&shown, &error);
    return shown;
}

struct shown_log
show_log_of_stream(struct jangle_store *store, const char *kind, const char *id)
{
    struct jangle_error error = {0};
    struct shown_log shown;

    begin(&shown);
    error.result =
        store->ops->read_stream(store, kind, id, 0, add_record, &shown, &error);
    end(&shown, &error);
    return shown;
}

void trust_names(struct jangle_store *store)
{
    struct jn_stream_names *names = &jn_file_of(store)->readers[0].names;

    while (!jn_stream_names_suffice(names))
        jn_stream_names_note(names, true);
}

struct shown_log show_log_cold(struct world *world, bool trusts)
{
    struct jangle_stores cold = world_open_another(world, world->path);
    struct shown_log shown;

    if (trusts)
        trust_names(cold.store);
    shown = show_log(cold.store, 0, SIZE_MAX);
    world_close_another(&cold);
    return shown;
}
