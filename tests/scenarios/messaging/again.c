/* again.c - several rows for one message; and a message that comes again when the program
 * has other rows: nothing is done twice. */
#include "support/domains/stranger.h"

#include <string.h>

/* ---- what became of messages: points of a member --------------------------------- */

struct award {
    const char *member_id;
    int64_t points;
};

struct take_back {
    const char *member_id;
    int64_t points;
};

struct awarded {
    int64_t points;
};

struct coins_noted {
    int64_t amount;
};

struct member_state {
    int64_t points;
};

static JANGLE_COMMAND(award, member_id, points);
static JANGLE_COMMAND(take_back, member_id, points);
static JANGLE_EVENT(awarded, points);
static JANGLE_EVENT(coins_noted, amount);
static JANGLE_STRUCT(member_state, points);

static char done[256]; /* "award 5 " for each command that was decided */

static enum jangle_result decide_award(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    int64_t points = ((const struct award *)command->data)->points;

    (void)state;
    snprintf(done + strlen(done), sizeof done - strlen(done), "%s %d ",
             command->type->name, (int)points);
    if (points > 100)
        return jangle_reject(decision, "too many");
    return jangle_emit(decision, awarded, .points = points);
}

static const struct jangle_aggregate member = {
    .name = "member",
    .state = &member_state,
    .commands = JANGLE_DECIDERS({&award, decide_award}, {&take_back, decide_award}),
    .events = JANGLE_APPLIERS({&awarded, NULL}),
};
static const struct jangle_aggregate *const aggregates[] = {&member};

#define TRANSLATION(name, made, ...)                                                     \
    static enum jangle_result name(struct jangle_translation *translation,               \
                                   const struct jangle_event *event)                     \
    {                                                                                    \
        const struct coins_put_in *coins = event->data;                                  \
                                                                                         \
        return jangle_translate(translation, made, __VA_ARGS__);                         \
    }

TRANSLATION(to_award, award, .member_id = "m", .points = coins->amount)
TRANSLATION(to_double, award, .member_id = "m", .points = 2 * coins->amount)
TRANSLATION(to_more, award, .member_id = "m", .points = 1000 * coins->amount)
TRANSLATION(to_other, award, .member_id = "n", .points = coins->amount)
TRANSLATION(to_take_back, take_back, .member_id = "m", .points = coins->amount)
TRANSLATION(to_note, coins_noted, .amount = coins->amount)

static enum jangle_result to_nothing(struct jangle_translation *translation,
                                     const struct jangle_event *event)
{
    (void)translation, (void)event;
    return JANGLE_OK;
}

/* ---- tables ---------------------------------------------------------------------- */

#define STORE                                                                            \
    {                                                                                    \
        .type = &coins_put_in                                                            \
    }
#define BY(translate_)                                                                   \
    {                                                                                    \
        .type = &coins_put_in, .translate = translate_                                   \
    }
#define ROWS(...)                                                                        \
    {                                                                                    \
        .name = "watch", .routes = JANGLE_ROUTES(__VA_ARGS__)                            \
    }

static const struct jangle_consumer tables[] = {
    ROWS(STORE, BY(to_award)),
    ROWS(BY(to_award), STORE),
    ROWS(STORE),
    ROWS(BY(to_award)),
    ROWS(BY(to_double)),
    ROWS(BY(to_more)),
    ROWS(BY(to_more), STORE),
    ROWS(BY(to_take_back)),
    ROWS(BY(to_take_back), STORE),
    ROWS(STORE, BY(to_take_back), BY(to_award)),
    ROWS(BY(to_award), BY(to_double), BY(to_other)),
    ROWS(BY(to_award), BY(to_double), BY(to_award), STORE),
    ROWS(BY(to_nothing), BY(to_note)),
};

static const struct jangle_consumer ignoring = ROWS(BY(to_nothing));
static const struct jangle_consumer renamed = {
    .name = "look",
    .formerly = "watch",
    .queue = "watch",
    .routes = JANGLE_ROUTES(STORE, BY(to_award)),
};

/* What each table does with a message of the amount 5. */
static const struct {
    const char *done;
    int64_t stored; /* in the stream of the message */
} effects[] = {
    {"award 5 ", 1},
    {"award 5 ", 1},
    {"", 1},
    {"award 5 ", 0},
    {"award 10 ", 0},
    {"award 5000 ", 0},
    {"award 5000 ", 1},
    {"take_back 5 ", 0},
    {"take_back 5 ", 1},
    {"take_back 5 award 5 ", 1},
    {"award 5 award 10 award 5 ", 0},
    {"award 5 award 10 award 5 ", 1},
    {"", 1},
};

enum { TABLE_COUNT = sizeof tables / sizeof *tables };

static struct neighbours neighbours;
static struct stranger stranger;

static void open_table(const struct jangle_consumer *consumer)
{
    consume_with(&neighbours.taker, consumer);
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
}

static void send_one(void)
{
    stranger_send(&stranger, "watch",
                  (struct stranger_says){
                      .id = "a", .key = "k", .data = "{\"amount\":5,\"total\":5}"});
    neighbours_poll(&neighbours);
}

/* At most so many of its parts, and so many bytes, are committed together. */
static void begin_with(const struct jangle_consumer *consumer,
                       int64_t group_count,
                       int64_t group_bytes)
{
    done[0] = '\0';
    neighbours_init(&neighbours, true);
    neighbours.taker.config.aggregates = (struct jangle_aggregates){aggregates, 1};
    neighbours.taker.config.group_count = group_count;
    neighbours.taker.config.group_bytes = group_bytes;
    open_table(consumer);
    stranger_init(&stranger, &neighbours);
}

static void begin(const struct jangle_consumer *consumer, int64_t group_count)
{
    begin_with(consumer, group_count, 0);
}

static void end(void)
{
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
}

/* ---- the tests ------------------------------------------------------------------- */

static void every_row_does_its_part_once(void **state)
{
    static const struct {
        int64_t count, bytes;
    } groups[] = {{256, 0}, {1, 0}, {256, 1}};

    (void)state;
    for (int i = 0; i < 3 * TABLE_COUNT; i++) {
        begin_with(&tables[i / 3], groups[i % 3].count, groups[i % 3].bytes);
        for (int times = 0; times < 3; times++)
            send_one();
        assert_string_equal(done, effects[i / 3].done);
        assert_int_equal(stored_in(&neighbours.taker, "watch", "k"),
                         effects[i / 3].stored);
        assert_int_equal(endpoint_of(&neighbours.taker, "watch").taken, 1);
        assert_int_equal(endpoint_of(&neighbours.taker, "watch").repeated, 2);
        assert_int_equal(endpoint_of(&neighbours.taker, "watch").dead, 0);
        end();
    }
}

/* The program is installed again, with another table, before the message comes again. */
static void with_other_rows_nothing_is_done_twice(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        begin(&tables[i], 256);
        send_one();
        for (int j = 0; j < TABLE_COUNT; j++) {
            world_close(&neighbours.taker);
            open_table(&tables[j]);
            send_one();
            assert_int_equal(endpoint_of(&neighbours.taker, "watch").repeated, 1);
        }
        assert_string_equal(done, effects[i].done);
        assert_int_equal(stored_in(&neighbours.taker, "watch", "k"), effects[i].stored);
        end();
    }
}

/* What had no row was not remembered: a later program takes it. */
static void what_was_ignored_can_be_taken_later(void **state)
{
    (void)state;
    begin(&ignoring, 256);
    send_one();
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").ignored, 1);
    world_close(&neighbours.taker);
    open_table(&tables[0]);
    send_one();
    assert_string_equal(done, "award 5 ");
    assert_int_equal(stored_in(&neighbours.taker, "watch", "k"), 1);
    end();
}

/* A consumer that gets another name is known by its first one. */
static void under_another_name_nothing_is_done_twice(void **state)
{
    (void)state;
    begin(&tables[0], 256);
    send_one();
    world_close(&neighbours.taker);
    open_table(&renamed);
    send_one();
    assert_int_equal(endpoint_of(&neighbours.taker, "look").repeated, 1);
    assert_string_equal(done, "award 5 ");
    assert_int_equal(stored_in(&neighbours.taker, "watch", "k"), 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_does_its_part_once),
        cmocka_unit_test(with_other_rows_nothing_is_done_twice),
        cmocka_unit_test(what_was_ignored_can_be_taken_later),
        cmocka_unit_test(under_another_name_nothing_is_done_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
