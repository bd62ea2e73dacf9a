/* decode.c - a program of its own, which reads one stored deposit of the bank so many
 * times. Tools count what that takes: tests/scripts/decode_counts.sh.
 *
 *     bench_decode event 1000     as an event is read for whoever handles it
 *     bench_decode plain 1000     its payload and its meta alone, by the reader that
 *                                 takes any JSON */
#include "message/decode.h"
#include "base/arena.h"
#include "message/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct funds_deposited {
    const char *transaction_id;
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct origin {
    jangle_optional_text correlation_id;
    jangle_optional_text causation_id;
};

static JANGLE_EVENT(funds_deposited, transaction_id, amount, balance, entry);
static JANGLE_STRUCT(origin, correlation_id, causation_id);

static const char payload[] =
    "{\"transaction_id\":\"0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e0f\","
    "\"amount\":2500,\"balance\":1732500,\"entry\":17}";

static const char meta[] =
    "{\"correlation_id\":\"0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e10\","
    "\"causation_id\":\"0190a5c0-5d8a-7cc1-8f2e-3a1b5c7d9e11\"}";

static const struct jangle_record record = {
    .position = 1234567,
    .kind = "account",
    .id = "004711",
    .version = 17,
    .type = "funds_deposited",
    .type_version = 1,
    .at = {1700000000000000},
    .event_id = "0123456789abcde",
    .payload = payload,
    .payload_size = sizeof payload - 1,
    .meta = meta,
};

static void *resize(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size);
}

static void give_back(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static bool read_event(struct jangle_arena *arena, struct jangle_error *error)
{
    struct jangle_event event;

    return !jn_event_read(&event, arena, &record, &funds_deposited, &jn_limits_default,
                          error) &&
           ((const struct funds_deposited *)event.data)->entry == 17;
}

static bool read_plain(struct jangle_arena *arena, struct jangle_error *error)
{
    struct funds_deposited deposited;
    struct origin from;

    return !jn_decode_plain(arena, &funds_deposited, payload, sizeof payload - 1, 1,
                            &jn_limits_default, &deposited, error) &&
           !jn_decode_plain(arena, &origin, meta, strlen(meta), 1, &jn_limits_default,
                            &from, error) &&
           deposited.entry == 17 && from.causation_id.given;
}

int main(int count, char **words)
{
    bool plain = count == 3 && strcmp(words[1], "plain") == 0;
    struct jangle_error error = {JANGLE_OK, ""};
    static const struct jangle_allocator allocator = {resize, give_back, NULL};
    struct jangle_arena arena;
    bool done = true;

    if (count != 3 || (!plain && strcmp(words[1], "event") != 0)) {
        fprintf(stderr, "usage: bench_decode event|plain COUNT\n");
        return 2;
    }
    jn_arena_init(&arena, &allocator);
    for (long left = strtol(words[2], NULL, 10); left > 0 && done; left--) {
        done = plain ? read_plain(&arena, &error) : read_event(&arena, &error);
        jn_arena_reset(&arena);
    }
    jn_arena_finish(&arena);
    if (!done)
        fprintf(stderr, "%s\n", error.message);
    return !done;
}
