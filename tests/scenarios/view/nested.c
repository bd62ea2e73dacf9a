/* nested.c - questions inside questions, and inside handlers: nobody waits for what it
 * has itself, and each sees what its asker sees. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>
#include <jangle/view.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* ---- two views that ask each other ------------------------------------------- */

/* Each letter of a path is somebody who is asked inside the question before: n is the
 * view near, f the view far, p a subscriber that is no view. */
struct ask_near {
    const char *path;
};

struct ask_far {
    const char *path;
};

struct ask_plain {
    const char *path;
};

struct sight {
    int64_t events; /* that the view has handled */
    int64_t deeper; /* the same, as the question inside saw it; -1: there was none */
    int64_t last;   /* the same, as the last of them saw it */
    int64_t depth;  /* of questions below this one */
};

static JANGLE_STRUCT(sight, events, deeper, last, depth);
static JANGLE_QUERY(ask_near, path, answer(sight));
static JANGLE_QUERY(ask_far, path, answer(sight));
static JANGLE_QUERY(ask_plain, path, answer(sight));

static struct {
    struct jangle *jangle;
    pthread_barrier_t *crowd; /* that the first question waits for, inside */
    void (*inside)(void);     /* called in the first question */
    const char *path;         /* that the handler asks; NULL: it does not */
    bool writes;              /* the handler's question does, or tries to */
    struct sight seen;        /* by the handler's last question */
    struct jangle_error failure;
    int strange;      /* questions of a handler that saw other rows than it */
    atomic_int moved; /* answers that found their own rows changed */
} on;

static enum jangle_result ask(struct jangle_answer *answer, const char *path)
{
    switch (path[0]) {
    case 'n':
        return jangle_ask(on.jangle, answer, ask_near, .path = path + 1);
    case 'f':
        return jangle_ask(on.jangle, answer, ask_far, .path = path + 1);
    default:
        return jangle_ask(on.jangle, answer, ask_plain, .path = path + 1);
    }
}

static enum jangle_result
look_deeper(struct jangle_answer *answer, const char *path, struct sight *found)
{
    struct jangle_answer inner = {0};
    const struct sight *seen;
    enum jangle_result result;

    if (path[0] && on.crowd)
        pthread_barrier_wait(on.crowd);
    if (path[0] && on.inside)
        on.inside();
    found->deeper = -1;
    found->last = found->events;
    found->depth = 0;
    if (!path[0])
        return JANGLE_OK;
    result = ask(&inner, path);
    seen = inner.data;
    if (seen) {
        found->deeper = seen->events;
        found->last = seen->last;
        found->depth = seen->depth + 1;
    }
    jangle_error_set(&answer->error, result, "%s", inner.error.message);
    jangle_answer_free(&inner);
    return result;
}

static enum jangle_result answer_view(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    struct sight found = {0}, again = {0};

    if (on.writes)
        return jangle_view_run(query->view, "UPDATE sums SET events = 99");
    jangle_view_row(query->view, &found, sight, "SELECT events FROM sums");
    if (look_deeper(answer, ((const struct ask_near *)query->data)->path, &found))
        return answer->error.result;
    /* The question inside has left this one as it was. */
    jangle_view_row(query->view, &again, sight, "SELECT events FROM sums");
    on.moved += again.events != found.events;
    return jangle_answer_with(answer, sight, .events = found.events,
                              .deeper = found.deeper, .last = found.last,
                              .depth = found.depth);
}

static enum jangle_result answer_plainly(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    struct sight found = {0};

    if (look_deeper(answer, ((const struct ask_plain *)query->data)->path, &found))
        return answer->error.result;
    return jangle_answer_with(answer, sight, .events = -2, .deeper = found.deeper,
                              .last = found.last, .depth = found.depth);
}

/* Handlers of two views may come here at once. */
static void note(const struct jangle_answer *answer,
                 enum jangle_result result,
                 const struct sight *own)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&mutex);
    if (result)
        on.failure = answer->error;
    else
        on.seen = *(const struct sight *)answer->data;
    on.strange += !result && on.path[0] == 'n' && on.seen.events != own->events;
    pthread_mutex_unlock(&mutex);
}

static enum jangle_result count(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    struct jangle_answer answer = {0};
    struct sight own = {0};
    enum jangle_result result;

    (void)event;
    jangle_view_run(delivery->view, "UPDATE sums SET events = events + 1");
    if (!on.path)
        return JANGLE_OK;
    jangle_view_row(delivery->view, &own, sight, "SELECT events FROM sums");
    result = ask(&answer, on.path);
    note(&answer, result, &own);
    jangle_answer_free(&answer);
    return result == JANGLE_INVALID ? JANGLE_OK : result;
}

static enum jangle_result do_nothing(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const char schema[] =
    "CREATE TABLE sums (events INTEGER); INSERT INTO sums VALUES (0)";
static const struct jangle_handler counting[] = {{&coins_put_in, count}};
static const struct jangle_subscriber near_view = {
    .name = "near",
    .handlers = JANGLE_ARRAY(counting),
    .answerers = JANGLE_ANSWERERS({&ask_near, answer_view}),
    .schema = schema};
static const struct jangle_subscriber far_view = {
    .name = "far",
    .handlers = JANGLE_ARRAY(counting),
    .answerers = JANGLE_ANSWERERS({&ask_far, answer_view}),
    .schema = schema};
static const struct jangle_subscriber plain = {
    .name = "plain",
    .handlers = JANGLE_HANDLERS({&coins_put_in, do_nothing}),
    .answerers = JANGLE_ANSWERERS({&ask_plain, answer_plainly})};

/* ---- the world --------------------------------------------------------------- */

enum { READERS = 3 };

struct world {
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle_answer answer;
};

static int world_in_file;

static void open_with(const struct world *world, int workers)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&near_view, &far_view, &plain),
        .storage = world->path[0] ? jangle_sqlite(world->path) : jangle_memory(),
        .host.logger = jangle_logger_none(),
        .workers = workers,
        .retry.first_delay_ms = 1,
        .retry.max_delay_ms = 5,
        .retry_interval_ms = 1,
        .ask_timeout_ms = 600000, /* who waits for itself waits so long */
        .view_readers = READERS,
    };

    on.jangle = jangle_open(&config, &error);
    if (!on.jangle)
        fail_msg("%s", error.message);
}

static int set_up(void **state)
{
    static struct world world;
    bool in_file = *state == &world_in_file;

    memset(&on, 0, sizeof on);
    world = (struct world){.path = ""};
    if (in_file && !temp_directory_make(world.directory))
        return -1;
    if (in_file)
        temp_directory_path(world.path, world.directory, "purses.db");
    open_with(&world, 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    jangle_answer_free(&world->answer);
    assert_result(jangle_close(on.jangle, -1), JANGLE_OK);
    if (world->directory[0])
        temp_directory_remove(world->directory);
    return 0;
}

static void reopen(const struct world *world, int workers)
{
    assert_result(jangle_close(on.jangle, -1), JANGLE_OK);
    open_with(world, workers);
}

static void put(int times)
{
    for (int i = 0; i < times; i++)
        assert_result(jangle_send(on.jangle, NULL, put_in, .purse_id = "1", .amount = 1),
                      JANGLE_OK);
}

static void drain(void)
{
    assert_result(jangle_drain(on.jangle, -1, NULL, NULL), JANGLE_OK);
}

static const struct sight *answered(struct world *world, const char *path)
{
    if (ask(&world->answer, path))
        fail_msg("%s", world->answer.error.message);
    return world->answer.data;
}

/* ---- many threads ------------------------------------------------------------ */

struct asker {
    pthread_t thread;
    const char *path;
    struct jangle_error error;
    int64_t deeper;
};

static void *ask_once(void *context)
{
    struct asker *asker = context;
    struct jangle_answer answer = {0};

    if (!ask(&answer, asker->path))
        asker->deeper = ((const struct sight *)answer.data)->deeper;
    asker->error = answer.error;
    jangle_answer_free(&answer);
    return NULL;
}

/* They are all inside their first question before any asks the next. */
static void ask_together(struct asker *askers, unsigned asker_count)
{
    pthread_barrier_t crowd;

    assert_int_equal(pthread_barrier_init(&crowd, NULL, asker_count), 0);
    on.crowd = &crowd;
    for (unsigned i = 0; i < asker_count; i++)
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_once, &askers[i]),
                         0);
    for (unsigned i = 0; i < asker_count; i++)
        pthread_join(askers[i].thread, NULL);
    on.crowd = NULL;
    pthread_barrier_destroy(&crowd);
}

static void an_answerer_may_ask_its_own_view(void **state)
{
    const struct world *world = *state;
    unsigned asker_count = world->path[0] ? READERS : 1;
    struct asker askers[READERS] = {{0}};

    put(2);
    drain();
    for (unsigned i = 0; i < asker_count; i++)
        askers[i].path = "nn";
    ask_together(askers, asker_count);
    for (unsigned i = 0; i < asker_count; i++) {
        assert_string_equal(askers[i].error.message, "");
        assert_int_equal(askers[i].deeper, 2);
    }
}

static void two_views_may_ask_each_other(void **state)
{
    const struct world *world = *state;
    struct asker askers[2 * READERS] = {{0}};

    if (!world->path[0])
        return;
    put(2);
    drain();
    for (int i = 0; i < 2 * READERS; i++)
        askers[i].path = i % 2 ? "nfn" : "fnf";
    /* Each waits in its second question, too. */
    ask_together(askers, 2 * READERS);
    for (int i = 0; i < 2 * READERS; i++) {
        assert_string_equal(askers[i].error.message, "");
        assert_int_equal(askers[i].deeper, 2);
    }
}

/* In memory a view has one connection: one of two that have one each must give in. */
static void in_memory_a_circle_is_refused_at_once(void **state)
{
    const struct world *world = *state;
    struct asker askers[2] = {{.path = "nf"}, {.path = "fn"}};
    int busy = 0;

    if (world->path[0])
        return;
    put(2);
    drain();
    ask_together(askers, 2);
    for (int i = 0; i < 2; i++) {
        if (askers[i].error.result == JANGLE_OK)
            continue;
        assert_result(askers[i].error.result, JANGLE_BUSY);
        assert_non_null(strstr(askers[i].error.message, "in memory"));
        busy++;
    }
    assert_int_equal(busy, 1);
}

/* ---- what is seen ------------------------------------------------------------ */

static void *put_and_drain(void *context)
{
    (void)context;
    jangle_send(on.jangle, NULL, put_in, .purse_id = "1", .amount = 1);
    jangle_drain(on.jangle, -1, NULL, NULL);
    return NULL;
}

static void another_thread_writes(void)
{
    pthread_t thread;

    if (!pthread_create(&thread, NULL, put_and_drain, NULL))
        pthread_join(thread, NULL);
}

static void the_question_inside_sees_the_same_commit(void **state)
{
    struct world *world = *state;
    const struct sight *found;

    if (!world->path[0]) /* there the writer waits for the question */
        return;
    put(1);
    drain();
    on.inside = another_thread_writes;
    found = answered(world, "nn");
    assert_int_equal(found->events, 1);
    assert_int_equal(found->deeper, 1);
    assert_int_equal(world->answer.position, 1);
    found = answered(world, "nf"); /* of another view: what is there by then */
    assert_int_equal(found->events, 2);
    assert_int_equal(found->deeper, 3);
    found = answered(world, "nfn"); /* the first one's rows again */
    assert_int_equal(found->events, 3);
    assert_int_equal(found->deeper, 4);
    assert_int_equal(found->last, 3);
    on.inside = NULL;
    assert_int_equal(answered(world, "n")->events, 5);
    assert_int_equal(on.moved, 0);
}

static void questions_go_so_deep_and_no_deeper(void **state)
{
    struct world *world = *state;
    static const char *const paths[] = {"nnnnnnnnnnnnnnnn", "nfnfnfnfnfnfnfnf",
                                        "pppppppppppppppp", "npfpnpfpnpfpnpfp"};

    for (int i = 0; i < 4; i++) {
        char deeper[32];

        assert_int_equal(strlen(paths[i]), JANGLE_ASK_DEPTH);
        assert_int_equal(answered(world, paths[i])->depth, JANGLE_ASK_DEPTH - 1);
        snprintf(deeper, sizeof deeper, "%sn", paths[i]);
        assert_result(ask(&world->answer, deeper), JANGLE_INVALID);
        assert_non_null(
            strstr(world->answer.error.message, "ask_near is asked inside 16"));
    }
    put(1);
    drain();
    assert_int_equal(answered(world, "nf")->deeper, 1);
}

/* ---- handlers ---------------------------------------------------------------- */

static void a_handler_that_asks_its_view_sees_what_it_wrote(void **state)
{
    (void)state;
    on.path = "n";
    put(5);
    assert_result(jangle_wait(on.jangle, "near", 5, -1, NULL), JANGLE_OK);
    assert_string_equal(on.failure.message, "");
    assert_int_equal(on.seen.events, 5);
    on.path = "nn";
    put(1);
    assert_result(jangle_wait(on.jangle, "near", 6, -1, NULL), JANGLE_OK);
    assert_string_equal(on.failure.message, "");
    assert_int_equal(on.seen.events, 6);
    assert_int_equal(on.seen.deeper, 6);
}

static void a_question_in_a_handler_writes_nothing(void **state)
{
    struct world *world = *state;

    on.path = "n";
    on.writes = true;
    put(1);
    assert_result(jangle_wait(on.jangle, "near", 1, -1, NULL), JANGLE_OK);
    assert_result(on.failure.result, JANGLE_INVALID);
    assert_non_null(strstr(on.failure.message, "near: a query may not"));
    on.path = NULL;
    on.writes = false;
    put(1); /* the handler may write again */
    drain();
    assert_int_equal(answered(world, "n")->events, 2);
}

static void a_replay_asks_the_view_that_it_builds(void **state)
{
    struct world *world = *state;
    struct jangle_replay_options compare = {.compare = true};
    struct jangle_error error = {0};

    put(3);
    drain();
    on.path = "n";
    for (int i = 0; i < 2; i++) {
        on.seen.events = 0;
        if (jangle_replay(on.jangle, "near", i ? &compare : NULL, &error))
            fail_msg("%s", error.message);
        assert_int_equal(on.seen.events, 3);
        assert_int_equal(on.strange, 0);
    }
    assert_int_equal(answered(world, "n")->events, 3);
}

static void handlers_of_two_views_may_ask_each_other(void **state)
{
    struct world *world = *state;
    struct jangle_left left;

    reopen(world, 3);
    on.path = "nf";
    put(60);
    /* In memory a question may be BUSY, and its event waits for another attempt. */
    do
        assert_result(jangle_drain(on.jangle, -1, &left, NULL), JANGLE_OK);
    while (left.parked || left.suspended);
    assert_int_equal(left.dead, 0);
    on.path = NULL;
    assert_int_equal(answered(world, "n")->events, 60);
    assert_int_equal(answered(world, "f")->events, 60);
}

/* ---- waiting ----------------------------------------------------------------- */

static struct {
    struct jangle_error wait, drain, poll, replay, reset;
} told;

static void wait_inside(void)
{
    struct jangle_replay_options compare = {.compare = true};

    jangle_wait(on.jangle, "near", 1000, -1, &told.wait);
    jangle_drain(on.jangle, -1, NULL, &told.drain);
    jangle_poll(on.jangle, NULL, &told.poll);
    jangle_replay(on.jangle, "far", &compare, &told.replay);
    jangle_subscriber_reset(on.jangle, "plain", 0, &told.reset);
}

static void an_answerer_cannot_wait_for_what_handlers_do(void **state)
{
    static const char *const paths[] = {"nn", "pp"};

    put(2);
    for (int i = 0; i < 2; i++) {
        on.inside = wait_inside;
        memset(&told, 0, sizeof told);
        assert_int_equal(answered(*state, paths[i])->depth, 1);
        assert_result(told.wait.result, JANGLE_BUSY);
        assert_non_null(strstr(told.wait.message, "an answerer"));
        assert_result(told.drain.result, JANGLE_BUSY);
        assert_result(told.poll.result, JANGLE_BUSY);
        assert_result(told.replay.result, JANGLE_BUSY);
        assert_result(told.reset.result, JANGLE_BUSY);
    }
    on.inside = NULL;
    drain();
    assert_int_equal(answered(*state, "n")->events, 2);
}

/* Over each of the stores: `set_up` finds in *state whether it is in a file. */
#define TEST(name)                                                                       \
    {#name " (memory)", name, set_up, tear_down, NULL},                                  \
    {                                                                                    \
#name " (sqlite)", name, set_up, tear_down, &world_in_file                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answerer_may_ask_its_own_view),
        TEST(two_views_may_ask_each_other),
        TEST(in_memory_a_circle_is_refused_at_once),
        TEST(the_question_inside_sees_the_same_commit),
        TEST(questions_go_so_deep_and_no_deeper),
        TEST(a_handler_that_asks_its_view_sees_what_it_wrote),
        TEST(a_question_in_a_handler_writes_nothing),
        TEST(a_replay_asks_the_view_that_it_builds),
        TEST(handlers_of_two_views_may_ask_each_other),
        TEST(an_answerer_cannot_wait_for_what_handlers_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
