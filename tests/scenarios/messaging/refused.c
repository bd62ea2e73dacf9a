/* refused.c - calls that make no sense, and translations that say too much or nothing
 * sound: each is refused with a sentence, at the call or in a dead letter. */
#include "support/domains/stranger.h"

#include <string.h>

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher stranger_of_that_name = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher unknown = {
    .name = "unknown",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_publisher nameless = {
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};

/* ---- jangle_post ----------------------------------------------------------------- */

struct post {
    const char *sentence;
    const struct jangle_publisher *publisher;
    const char *id;
    const char *purse;
    int64_t amount;
};

static void expect_refused(struct world *world, const struct post *post)
{
    struct jangle_outcome outcome;

    assert_result(jangle_post_in(world->jangle, &outcome,
                                 jangle_envelope(.command_id = post->id), post->publisher,
                                 put_in, .purse_id = post->purse, .amount = post->amount),
                  JANGLE_INVALID);
    assert_string_equal(outcome.error.message, post->sentence);
}

static void a_post_is_refused_with_a_sentence(void **state)
{
    static char long_id[202];
    static const struct post posts[] = {
        {"the publisher is NULL", NULL, NULL, "7", 1},
        {"the publisher \"unknown\" is not among config.publishers", &unknown, NULL, "7",
         1},
        {"the publisher \"to_counter\" is not among config.publishers",
         &stranger_of_that_name, NULL, "7", 1},
        {"the publisher has no name", &nameless, NULL, "7", 1},
        {"put_in.amount: 0 is not in 1..1000000", &to_counter, NULL, "7", 0},
        {"put_in.purse_id: is NULL", &to_counter, NULL, NULL, 1},
        {"put_in: the command id is not 1 to 200 bytes of UTF-8", &to_counter, "", "7",
         1},
        {"put_in: the command id is not 1 to 200 bytes of UTF-8", &to_counter, long_id,
         "7", 1},
    };
    struct neighbours neighbours;
    struct jangle_outcome outcome;

    (void)state;
    memset(long_id, 'x', sizeof long_id - 1);
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &to_counter);
    world_open(&neighbours.sender, NULL);
    for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
        expect_refused(&neighbours.sender, &posts[i]);
    assert_result(jangle_post(neighbours.sender.jangle, &outcome, &to_counter, look_in,
                              .purse_id = "7"),
                  JANGLE_INVALID);
    assert_string_equal(outcome.error.message,
                        "the publisher \"to_counter\" has no row for look_in");
    assert_int_equal(world_stats(&neighbours.sender).position, 0);
    neighbours_finish(&neighbours);
}

/* ---- translations ---------------------------------------------------------------- */

struct plain_struct {
    int64_t amount;
};

struct far_event {
    int64_t amount;
};

struct far_command {
    const char *far_id;
};

static JANGLE_STRUCT(plain_struct, amount);
static JANGLE_EVENT(far_event, amount);
static JANGLE_COMMAND(far_command, far_id);

#define TRANSLATION(name, ...)                                                           \
    static enum jangle_result name(struct jangle_translation *translation,               \
                                   const struct jangle_event *event)                     \
    {                                                                                    \
        (void)translation, (void)event;                                                  \
        __VA_ARGS__                                                                      \
    }

TRANSLATION(say_twice, jangle_translate(translation, far_event, .amount = 1);
            return jangle_translate(translation, far_event, .amount = 2);)
TRANSLATION(say_two_and_hide_it, jangle_translate(translation, far_event, .amount = 1);
            jangle_translate(translation, far_command, .far_id = "1");
            return JANGLE_OK;)
TRANSLATION(say_a_struct,
            return jangle_translate(translation, plain_struct, .amount = 1);)
TRANSLATION(say_what_is_out_of_range,
            return jangle_translate(translation, coins_put_in, .amount = 0);)
TRANSLATION(say_a_null,
            return jangle_translate(translation, far_command, .far_id = NULL);)
TRANSLATION(go_on_after_a_failure,
            jangle_translate(translation, coins_put_in, .amount = 0);
            return jangle_translate(translation, far_event, .amount = 1);)
TRANSLATION(fail_afterwards, jangle_translate(translation, far_event, .amount = 1);
            return JANGLE_REJECTED;)
TRANSLATION(say_no, return JANGLE_INVALID;)
TRANSLATION(be_busy, return JANGLE_BUSY;)
TRANSLATION(say_what_happens_here,
            return jangle_translate(translation, coins_put_in, .amount = 1, .total = 1);)
TRANSLATION(say_what_nobody_decides,
            return jangle_translate(translation, far_command, .far_id = "1");)
TRANSLATION(give_up_with_a_reason,
            jangle_translation_refuse(translation, "%s %d", "no coins for", 7);
            jangle_translation_refuse(translation, "another reason");
            return jangle_translate(translation, far_event, .amount = 1);)
TRANSLATION(give_extras, jangle_translation_extra(translation, "{}");
            return jangle_translate(translation, far_event, .amount = 1);)
TRANSLATION(give_extras_twice, jangle_translation_extra(translation, "{}");
            jangle_translation_extra(translation, "{}");
            return jangle_translate(translation, far_event, .amount = 1);)
TRANSLATION(give_a_list, jangle_translation_extra(translation, "[]");
            return jangle_translate(translation, far_event, .amount = 1);)
TRANSLATION(give_half_an_object, return jangle_translation_extra(translation, "{");)
TRANSLATION(give_null, return jangle_translation_extra(translation, NULL);)

struct translated {
    jangle_translate_fn *translate;
    const char *sentence;
};

static const struct translated on_both_sides[] = {
    {say_twice,
     "it was translated into far_event, and then into far_event: once is allowed"},
    {say_two_and_hide_it,
     "it was translated into far_event, and then into far_command: once is allowed"},
    {say_a_struct,
     "it was translated into plain_struct, which is neither an event nor a command"},
    {say_what_is_out_of_range, "coins_put_in.amount: 0 is not in 1..9223372036854775807"},
    {say_a_null, "far_command.far_id: is NULL"},
    {go_on_after_a_failure, "coins_put_in.amount: 0 is not in 1..9223372036854775807"},
    {fail_afterwards, "the translation of coins_put_in returned REJECTED"},
    {say_no, "the translation of coins_put_in returned INVALID"},
    {be_busy, "the translation of coins_put_in returned BUSY"},
    {give_up_with_a_reason, "no coins for 7"},
};

static const struct translated on_the_way_out[] = {
    {give_extras_twice, "it was given extras twice"},
    {give_a_list, "it was given extras that are no JSON object"},
    {give_half_an_object, "it was given extras that are no JSON object"},
    {give_null, "it was given extras that are no JSON object"},
};

static const struct translated on_receipt[] = {
    {say_what_happens_here,
     "it was translated into coins_put_in, which happens in this program, too: the "
     "aggregate purse lists it"},
    {say_what_nobody_decides,
     "it was translated into far_command, which no aggregate of this program decides"},
    {give_extras,
     "a consumer's translation gave extras, and no format writes what it says"},
};

static void publish_translated(const struct translated *translated)
{
    const struct jangle_route route = {.type = &coins_put_in,
                                       .translate = translated->translate};
    const struct jangle_publisher news = {
        .name = "news", .topic = "purses", .routes = {&route, 1}};
    struct neighbours neighbours;

    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &news);
    world_open(&neighbours.sender, NULL);
    world_put(&neighbours.sender, "1");
    neighbours_poll(&neighbours);
    assert_int_equal(world_measure(&neighbours.sender, "news").dead, 1);
    assert_string_equal(reason_of_dead(&neighbours.sender, "news").message,
                        translated->sentence);
    assert_int_equal(endpoint_of(&neighbours.sender, "news").published, 0);
    neighbours_finish(&neighbours);
}

static void receive_translated(const struct translated *translated)
{
    const struct jangle_route route = {.type = &coins_put_in,
                                       .translate = translated->translate};
    const struct jangle_consumer watch = {.name = "watch", .routes = {&route, 1}};
    struct neighbours neighbours;
    struct stranger stranger;

    neighbours_init(&neighbours, false);
    neighbours.taker.config.aggregates = purse_aggregates;
    consume_with(&neighbours.taker, &watch);
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    stranger_send(&stranger, "watch", (struct stranger_says){0});
    neighbours_poll(&neighbours);
    stranger_expect_dead(&stranger, "watch", translated->sentence);
    assert_int_equal(endpoint_of(&neighbours.taker, "watch").received, 1);
    assert_int_equal(world_stats(&neighbours.taker).position, 0);
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
}

static void what_a_publisher_translates_badly_is_its_dead_letter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof on_both_sides / sizeof *on_both_sides; i++)
        publish_translated(&on_both_sides[i]);
    for (size_t i = 0; i < sizeof on_the_way_out / sizeof *on_the_way_out; i++)
        publish_translated(&on_the_way_out[i]);
}

static void what_a_consumer_translates_badly_is_one_of_its_broker(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof on_both_sides / sizeof *on_both_sides; i++)
        receive_translated(&on_both_sides[i]);
    for (size_t i = 0; i < sizeof on_receipt / sizeof *on_receipt; i++)
        receive_translated(&on_receipt[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_refused_with_a_sentence),
        cmocka_unit_test(what_a_publisher_translates_badly_is_its_dead_letter),
        cmocka_unit_test(what_a_consumer_translates_badly_is_one_of_its_broker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
