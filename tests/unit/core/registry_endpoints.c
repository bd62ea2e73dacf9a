/* registry_endpoints.c - publishers and consumers are checked when jangle opens, and what
 * is wrong is said in a sentence that names the row. */
#include "support/test.h"

#include <jangle/jangle.h>

#include <string.h>

struct order_lamp {
    const char *lamp_id;
};

struct lamp_ordered {
    int64_t watts;
};

struct lamp_broke {
    const char *why;
};

struct mend_lamp {
    const char *lamp_id;
};

struct lamp_state {
    int64_t watts;
};

struct count_lamps {
    int64_t at_most;
};

static JANGLE_COMMAND(order_lamp, lamp_id);
static JANGLE_COMMAND(mend_lamp, lamp_id);
static JANGLE_EVENT(lamp_ordered, watts);
static JANGLE_EVENT(lamp_broke, why);
static JANGLE_STRUCT(lamp_state, watts);
static JANGLE_QUERY(count_lamps, at_most, answer(lamp_state));

static enum jangle_result decide(struct jangle_decision *decision,
                                 const void *state,
                                 const struct jangle_command *command)
{
    (void)decision, (void)state, (void)command;
    return JANGLE_OK;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_aggregate lamp = {
    .name = "lamp",
    .state = &lamp_state,
    .commands = JANGLE_DECIDERS({&order_lamp, decide}),
    .events = JANGLE_APPLIERS({&lamp_ordered, NULL})};
static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = JANGLE_HANDLERS({&lamp_ordered, handle})};

static enum jangle_result no_url(const struct jangle_broker *broker,
                                 const struct jangle_host *host,
                                 const char *name,
                                 struct jangle_transport **transport,
                                 struct jangle_error *error)
{
    (void)host, (void)name, (void)transport;
    return jangle_error_set(error, JANGLE_INVALID, "%s is no address of a broker",
                            broker->url);
}

static const struct jangle_broker nowhere = {.url = "moon://", .open = no_url};

static enum jangle_result name_nothing(const struct jangle_naming *naming,
                                       const struct jangle_named *named,
                                       struct jangle_names *names,
                                       struct jangle_error *error)
{
    (void)names;
    if (naming->service)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID, "no name for \"%s\"", named->type);
}

static const struct jangle_naming refusing = {.name = name_nothing};
static const struct jangle_naming silent = {.name = name_nothing, .service = "silent"};

/* ---- what is refused --------------------------------------------------------- */

struct refusal {
    const char *sentence;
    struct jangle_publishers publishers;
    struct jangle_consumers consumers;
    const struct jangle_naming *naming;
    bool no_broker;
};

#define PUBLISHER(...)                                                                   \
    .publishers = JANGLE_PUBLISHERS(&(const struct jangle_publisher){__VA_ARGS__})
#define CONSUMER(...)                                                                    \
    .consumers = JANGLE_CONSUMERS(&(const struct jangle_consumer){__VA_ARGS__})
#define ORDERED JANGLE_ROUTES({.type = &lamp_ordered})
#define BROKE   JANGLE_ROUTES({.type = &lamp_broke})

/* Sound, but for what is given. */
#define NEWS(...)                                                                        \
    PUBLISHER(.name = "news", .topic = "lamps", .routes = ORDERED, __VA_ARGS__)
#define WATCH(...)                                                                       \
    CONSUMER(.name = "watch", .topic = "lamps", .routes = BROKE, __VA_ARGS__)
#define NEWS_ROWS(...)                                                                   \
    PUBLISHER(.name = "news", .topic = "lamps", .routes = JANGLE_ROUTES(__VA_ARGS__))
#define WATCH_ROWS(...) CONSUMER(.name = "watch", .routes = JANGLE_ROUTES(__VA_ARGS__))

static const struct jangle_format *const no_formats[] = {&jangle_cloudevents, NULL};
static const struct jangle_format later_format = {.abi = 2, .name = "later"};
static const struct jangle_publisher *const null_publisher[] = {NULL};
static const struct jangle_consumer *const null_consumer[] = {NULL};

static const struct refusal names[] = {
    {"a publisher has no name", PUBLISHER(.topic = "lamps", .routes = ORDERED)},
    {"a publisher \"#news\": a name is made of letters, digits, _ and -",
     PUBLISHER(.name = "#news", .topic = "lamps", .routes = ORDERED)},
    {"a consumer \"watch#1\": a name is made of letters, digits, _ and -",
     CONSUMER(.name = "watch#1", .routes = BROKE)},
    {"\"mail\" is the name of another subscriber, saga, publisher or consumer, too",
     PUBLISHER(.name = "mail", .topic = "lamps", .routes = ORDERED)},
    {"\"mail\" is the name of another subscriber, saga, publisher or consumer, too",
     CONSUMER(.name = "mail", .routes = BROKE)},
    {"\"news\" is the name of another subscriber, saga, publisher or consumer, too",
     NEWS(), CONSUMER(.name = "news", .routes = BROKE)},
    {"\"lamp\" is the name of an aggregate, too, so their streams would be mixed up",
     PUBLISHER(.name = "lamp", .topic = "lamps", .routes = ORDERED)},
    {"\"lamp\" is the name of an aggregate, too, so their streams would be mixed up",
     CONSUMER(.name = "lamp", .routes = BROKE)},
    {"\"news\" was formerly called the same", NEWS(.formerly = "news")},
    {"\"watch\" was formerly called the same", WATCH(.formerly = "watch")},
    {"\"news\" was formerly called mail, but another is called so now",
     NEWS(.formerly = "mail")},
    {"\"news\" was formerly called watch, but another is called so now",
     NEWS(.formerly = "watch"), WATCH()},
    {"\"watch\" was formerly called mail, but another is called so now",
     WATCH(.formerly = "mail")},
    {"\"watch\" was formerly called news, but another is called so now", NEWS(),
     WATCH(.formerly = "news")},
    {"\"watch\" was formerly called lamp, but an aggregate is called so now, so their "
     "streams would be mixed up",
     WATCH(.formerly = "lamp")},
    {"\"news\" was formerly called lamp, but an aggregate is called so now, so their "
     "streams would be mixed up",
     NEWS(.formerly = "lamp")},
};

/* Two of each. */
static const struct jangle_publisher once_olds = {
    .name = "news", .formerly = "olds", .topic = "lamps", .routes = ORDERED};
static const struct jangle_publisher also_olds = {
    .name = "papers", .formerly = "olds", .topic = "lamps", .routes = ORDERED};
static const struct jangle_consumer once_look = {
    .name = "watch", .formerly = "look", .routes = BROKE};
static const struct jangle_consumer also_look = {
    .name = "guard", .formerly = "look", .routes = BROKE};
static const struct jangle_publisher called_olds = {
    .name = "olds", .topic = "lamps", .routes = ORDERED};

static const struct jangle_consumer in_watch = {
    .name = "guard", .queue = "watch", .routes = BROKE};
static const struct jangle_consumer watch = {.name = "watch", .routes = BROKE};

static const struct refusal pairs[] = {
    {"\"guard\" and \"watch\" have the same queue, \"watch\": give each its own",
     .consumers = JANGLE_CONSUMERS(&in_watch, &watch)},
    {"\"papers\" was formerly called olds, and so was another",
     .publishers = JANGLE_PUBLISHERS(&once_olds, &also_olds)},
    {"\"guard\" was formerly called look, and so was another",
     .consumers = JANGLE_CONSUMERS(&once_look, &also_look)},
    {"\"news\" was formerly called olds, but another is called so now",
     .publishers = JANGLE_PUBLISHERS(&once_olds, &called_olds)},
};

static const struct refusal rows[] = {
    {"news.routes[0] has no type", NEWS_ROWS({.as = "x"})},
    {"watch.routes[1] has no type", WATCH_ROWS({.type = &lamp_broke}, {.as = "x"})},
    {"news.routes[0]: lamp_state is neither an event nor a command",
     NEWS_ROWS({.type = &lamp_state})},
    {"watch.routes[0]: count_lamps is neither an event nor a command",
     WATCH_ROWS({.type = &count_lamps})},
    {"news.routes[1]: an earlier row without a filter publishes every lamp_ordered",
     NEWS_ROWS({.type = &lamp_ordered}, {.type = &lamp_ordered, .as = "x"})},
    {"watch.routes[1]: watch.routes[0] stores every lamp_broke, and one row may",
     WATCH_ROWS({.type = &lamp_broke}, {.type = &lamp_broke})},
    {"watch.routes[1]: watch.routes[0] sends every order_lamp, and one row may",
     WATCH_ROWS({.type = &order_lamp}, {.type = &order_lamp})},
    {"watch.routes[0] has a topic, which is for publishers",
     WATCH_ROWS({.type = &lamp_broke, .topic = "x"})},
    {"news.routes[0] has a topic, and its publisher a queue",
     PUBLISHER(.name = "news",
               .queue = "lamps",
               .routes = JANGLE_ROUTES({.type = &lamp_ordered, .topic = "x"}))},
    {"news.routes[0].where has a text, and nothing that reads it",
     NEWS_ROWS({.type = &lamp_ordered, .where = {.text = "x"}})},
    {"watch.routes[0].as is empty", WATCH_ROWS({.type = &lamp_broke, .as = ""})},
    {"watch.routes[0]: lamp_ordered happens in this program, too: the aggregate lamp "
     "lists it. Translate it into an event of another name",
     WATCH_ROWS({.type = &lamp_ordered})},
    {"watch.routes[0]: no aggregate of this program decides mend_lamp",
     WATCH_ROWS({.type = &mend_lamp})},
};

#define HANDLED                                                                          \
    {                                                                                    \
        .type = &lamp_broke, .handle = handle                                            \
    }
#define HANDLES(...)                                                                     \
    CONSUMER(.name = "watch", .routes = JANGLE_ROUTES(HANDLED), __VA_ARGS__)

static const struct refusal handlers[] = {
    {"news.routes[0] has a handle, which is for consumers",
     NEWS_ROWS({.type = &lamp_ordered, .handle = handle})},
    {"watch.routes[0]: order_lamp is a command, and a handle function gets events: "
     "describe the message as an event, or leave out `handle`, so that its aggregate "
     "decides it",
     WATCH_ROWS({.type = &order_lamp, .handle = handle})},
    {"watch.routes[0]: lamp_state is neither an event nor a command",
     WATCH_ROWS({.type = &lamp_state, .handle = handle})},
    {"watch.routes[0] has a topic, which is for publishers",
     WATCH_ROWS({.type = &lamp_broke, .topic = "x", .handle = handle})},
    {"watch.routes[2]: watch.routes[0] calls the same function for every lamp_broke",
     WATCH_ROWS(HANDLED, {.type = &lamp_broke}, HANDLED)},
    {"\"watch\" has a number of threads that is not in 0..64", HANDLES(.threads = -1)},
    {"\"watch\" has a number of threads that is not in 0..64", HANDLES(.threads = 65)},
    {"\"watch\" has threads, and no row with a `handle` that they would call",
     WATCH(.threads = 1)},
    {"\"watch\" has a retry, and no row with a `handle` that it would be for",
     WATCH(.retry = {.first_delay_ms = 1})},
    {"watch: retry.max_attempts: -2 is not in 1..1000000, or -1",
     HANDLES(.retry = {.max_attempts = -2})},
    {"watch: first_delay_ms is 2, which is more than max_delay_ms, 1",
     HANDLES(.retry = {.first_delay_ms = 2, .max_delay_ms = 1})},
};

static const struct refusal members[] = {
    {"config.publishers[0] is NULL", .publishers = {null_publisher, 1}},
    {"config.consumers[0] is NULL", .consumers = {null_consumer, 1}},
    {"\"news\" has a topic and a queue: give one of them", NEWS(.queue = "lamps")},
    {"\"news\" has neither a topic nor a queue",
     PUBLISHER(.name = "news", .routes = ORDERED)},
    {"\"news\" has neither a topic nor a queue",
     PUBLISHER(.name = "news",
               .routes = JANGLE_ROUTES({.type = &lamp_ordered, .topic = "x"},
                                       {.type = &lamp_broke}))},
    {"\"news\" has no routes, so it would publish nothing",
     PUBLISHER(.name = "news", .topic = "lamps")},
    {"\"watch\" has no routes, so it would take nothing", CONSUMER(.name = "watch")},
    {"\"news\" has an order that is neither JANGLE_IN_ORDER nor JANGLE_ANY_ORDER",
     NEWS(.order = (enum jangle_order)2)},
    {"\"watch\" has an order that is neither JANGLE_IN_ORDER nor JANGLE_ANY_ORDER",
     WATCH(.order = (enum jangle_order)7)},
    {"\"news\" has a start that is none of JANGLE_FROM_DEFAULT, JANGLE_FROM_FIRST and "
     "JANGLE_FROM_NOW",
     NEWS(.start = (enum jangle_start)3)},
    {"\"news\" has a dead that is neither JANGLE_DEAD_PARKS nor JANGLE_DEAD_PASSES",
     NEWS(.dead = (enum jangle_dead)2)},
    {"\"watch\" has a lag_limit that is below -1", WATCH(.lag_limit = -2)},
    {"\"watch\" has an empty key_member", WATCH(.key_member = "")},
    {"watch.formats[1] is NULL", WATCH(.formats = {no_formats, 2})},
    {"watch.formats[0]: its format was made for version 2 of the contract, and this "
     "jangle knows version 1",
     WATCH(.formats = JANGLE_FORMATS(&later_format))},
    {"news: its format was made for version 2 of the contract, and this jangle knows "
     "version 1",
     NEWS(.format = &later_format)},
    {"news: retry.max_attempts: -2 is not in 1..1000000, or -1",
     NEWS(.retry = {.max_attempts = -2})},
    {"\"news\" has no broker: set config.broker, or its own", NEWS(), .no_broker = true},
    {"\"watch\" has no broker: set config.broker, or its own", WATCH(),
     .no_broker = true},
    {"the broker of \"news\": moon:// is no address of a broker",
     NEWS(.broker = &nowhere)},
    {"the broker of \"watch\": moon:// is no address of a broker",
     WATCH(.broker = &nowhere)},
    {"news.routes[0]: no name for \"lamp_ordered\"", NEWS(), .naming = &refusing},
    {"watch.routes[0]: no name for \"lamp_broke\"", WATCH(), .naming = &refusing},
    {"news.routes[0]: config.naming has no topic for it", NEWS(), .naming = &silent},
    {"watch.routes[0]: config.naming has no queue for it", WATCH(), .naming = &silent},
};

static struct jangle_hub *hub;

static enum jangle_result try_open(struct jangle_publishers publishers,
                                   struct jangle_consumers consumers,
                                   const struct refusal *refusal,
                                   struct jangle_error *error)
{
    struct jangle_config config = {
        .storage = jangle_memory(),
        .aggregates = JANGLE_AGGREGATES(&lamp),
        .subscribers = JANGLE_SUBSCRIBERS(&mail),
        .publishers = publishers,
        .consumers = consumers,
    };
    struct jangle *jangle;

    if (!refusal || !refusal->no_broker)
        config.broker = jangle_hub_broker(hub);
    if (refusal)
        config.naming = refusal->naming;
    jangle = jangle_open(&config, error);
    if (!jangle)
        return error->result;
    return jangle_close(jangle, -1);
}

static void refuses_all(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct refusal *refusal = &refusals[i];
        struct jangle_error error = {0};

        if (try_open(refusal->publishers, refusal->consumers, refusal, &error) !=
            JANGLE_INVALID)
            fail_msg("not refused: %s", refusal->sentence);
        assert_string_equal(error.message, refusal->sentence);
    }
}

#define REFUSES_ALL(refusals) refuses_all(refusals, sizeof refusals / sizeof *(refusals))

static void a_name_that_is_taken_or_was_taken_is_refused(void **state)
{
    (void)state;
    REFUSES_ALL(names);
    REFUSES_ALL(pairs);
}

static void a_row_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    REFUSES_ALL(rows);
}

static void a_handler_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    REFUSES_ALL(handlers);
}

static void a_member_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    REFUSES_ALL(members);
}

/* ---- what is allowed --------------------------------------------------------- */

static void opens(struct jangle_publishers publishers, struct jangle_consumers consumers)
{
    struct jangle_error error = {0};

    if (try_open(publishers, consumers, NULL, &error))
        fail_msg("refused: %s", error.message);
}

static enum jangle_result say_nothing(struct jangle_translation *translation,
                                      const struct jangle_event *event)
{
    (void)translation, (void)event;
    return JANGLE_OK;
}

static const struct jangle_publisher by_row = {
    .name = "news", .routes = JANGLE_ROUTES({.type = &lamp_ordered, .topic = "x"})};
static const struct jangle_publisher renamed = {
    .name = "news", .formerly = "olds", .topic = "x", .routes = ORDERED};
static const struct jangle_consumer two_names = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &lamp_broke}, {.type = &lamp_broke, .as = "x"})};
static const struct jangle_consumer stored_and_translated = {
    .name = "watch",
    .lag_limit = -1,
    .routes = JANGLE_ROUTES({.type = &lamp_broke},
                            {.type = &lamp_broke, .translate = say_nothing},
                            {.type = &lamp_ordered, .translate = say_nothing},
                            {.type = &mend_lamp, .translate = say_nothing})};

/* Nothing is stored of what is handled, so it may happen here as well. */
static const struct jangle_consumer handled_too = {
    .name = "watch",
    .threads = 64,
    .retry = {.max_attempts = -1},
    .routes =
        JANGLE_ROUTES(HANDLED,
                      {.type = &lamp_broke},
                      {.type = &lamp_broke, .as = "x", .handle = handle},
                      {.type = &lamp_ordered, .handle = handle},
                      {.type = &jangle_any, .handle = handle},
                      {.type = &mend_lamp, .translate = say_nothing, .handle = handle})};
static const struct jangle_consumer renamed_too = {
    .name = "watch", .formerly = "look", .routes = BROKE};

static void what_only_looks_like_one_of_these_is_allowed(void **state)
{
    (void)state;
    opens((struct jangle_publishers)JANGLE_PUBLISHERS(&by_row),
          (struct jangle_consumers)JANGLE_CONSUMERS(&two_names));
    opens((struct jangle_publishers)JANGLE_PUBLISHERS(&renamed),
          (struct jangle_consumers)JANGLE_CONSUMERS(&stored_and_translated));
    opens((struct jangle_publishers){0},
          (struct jangle_consumers)JANGLE_CONSUMERS(&renamed_too));
    opens((struct jangle_publishers){0},
          (struct jangle_consumers)JANGLE_CONSUMERS(&handled_too));
}

static int open_hub(void **state)
{
    (void)state;
    hub = jangle_hub_open(NULL);
    return hub ? 0 : -1;
}

static int close_hub(void **state)
{
    (void)state;
    jangle_hub_close(hub);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_taken_or_was_taken_is_refused),
        cmocka_unit_test(a_row_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_handler_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_member_that_makes_no_sense_is_refused),
        cmocka_unit_test(what_only_looks_like_one_of_these_is_allowed),
    };

    return cmocka_run_group_tests(tests, open_hub, close_hub);
}
