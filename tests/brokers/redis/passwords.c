/* passwords.c - after two programs have had all kinds of trouble with their Redis, no
 * line of their logs, no error and no figure holds a password, and none holds what stood
 * in a message. */
#include "brokers/redis/line.h"
#include "support/domains/neighbours.h"

#include <stdio.h>
#include <stdlib.h>

enum { URL_SIZE = 128 };

/* The second stands in a URL as Wr%40ng-pa55, so that both spellings are looked for. */
static const char wrong_password[] = "Wr@ng-pa55";
static const char wrong_spelt[] = "Wr%40ng-pa55";
static const char content[] = "n0body-reads-this";

static struct redis_server *server;
static struct neighbours both;
static char wrong_url[URL_SIZE], no_url[URL_SIZE], path[TEMP_PATH_SIZE];
static FILE *told; /* all that is told to anybody */

static const struct jangle_log_level all_levels[] = {
#define LEVEL(name, level, text) {JANGLE_LOG_##name, JANGLE_LEVEL_DEBUG},
    JANGLE_LOG_TOPICS(LEVEL)
#undef LEVEL
};

/* ---- what is told ----------------------------------------------------------------- */

static void tell_error(const struct jangle_error *error)
{
    fprintf(told, "%s: %s\n", jangle_result_name(error->result), error->message);
}

static void tell_figures(struct world *world, const char *name)
{
    struct jangle_endpoint_stats stats = endpoint_of(world, name);

    fprintf(told, "%s: %s %s %s\n", name, stats.reason, stats.paused_by,
            stats.paused_why);
}

static bool holds(const char *text)
{
    char words[4096];
    FILE *file = fopen(path, "r");
    bool found = false;

    assert_non_null(file);
    while (fgets(words, sizeof words, file))
        found |= strstr(words, text) != NULL;
    fclose(file);
    return found;
}

/* ---- trouble ---------------------------------------------------------------------- */

static void open_both(const char *url, struct jangle_logger logger)
{
    struct world *worlds[] = {&both.taker, &both.sender};

    for (size_t i = 0; i < 2; i++) {
        worlds[i]->config.broker = jangle_redis(url, NULL);
        worlds[i]->config.host.logger = logger;
        worlds[i]->config.log_levels = (struct jangle_log_levels)JANGLE_ARRAY(all_levels);
        world_open(worlds[i], NULL);
    }
}

static void close_both(void)
{
    world_close(&both.sender);
    world_close(&both.taker);
}

static enum jangle_disposition leave_dead(void *context,
                                          const struct jangle_parcel *parcel)
{
    (void)context, (void)parcel;
    return JANGLE_DEAD;
}

/* Each call that talks to the broker, and its error. */
static void try_calls(void)
{
    struct jangle *jangle = both.taker.jangle;
    struct jangle_error error = {0};

    jangle_poll(both.sender.jangle, NULL, &error);
    tell_error(&error);
    jangle_poll(jangle, NULL, &error);
    tell_error(&error);
    jangle_declare(jangle, NULL, &error);
    tell_error(&error);
    jangle_redrive(jangle, "watch", 10, leave_dead, NULL, NULL, &error);
    tell_error(&error);
    jangle_remove(jangle, "watch", JANGLE_REMOVE_MESSAGES, &error);
    tell_error(&error);
    tell_figures(&both.sender, "news");
    tell_figures(&both.taker, "watch");
}

/* One that is taken, and one that cannot be read and is dead. */
static void pass_messages(void)
{
    struct jangle_transport *line = line_open(server);
    struct jangle_parcel nonsense = {.queue = "watch",
                                     .content_type = "application/cloudevents+json",
                                     .body = content,
                                     .body_size = sizeof content - 1};

    assert_result(jangle_declare(both.taker.jangle, NULL, NULL), JANGLE_OK);
    assert_result(line->ops->publish(line, &nonsense, 1, LINE_WAIT_MS, NULL), JANGLE_OK);
    line_close(line);
    world_put(&both.sender, "1");
    while (endpoint_of(&both.taker, "watch").taken < 1 ||
           endpoint_of(&both.taker, "watch").dead < 1) {
        jangle_poll(both.sender.jangle, NULL, NULL);
        jangle_poll(both.taker.jangle, NULL, NULL);
    }
}

static void live_through_trouble(struct jangle_logger logger)
{
    open_both(redis_server_url(server), logger);
    pass_messages();
    try_calls();
    assert_true(redis_server_kill(server));
    try_calls();
    assert_true(redis_server_start_again(server));
    close_both();
    open_both(wrong_url, logger);
    try_calls();
    close_both();
    open_both(no_url, logger);
    try_calls();
    close_both();
}

/* What is wrong with a URL is told without the URL. */
static void try_bad_urls(void)
{
    static const char *const schemes[] = {"http", "redis://", "redi", "rediss"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        char url[URL_SIZE];

        snprintf(url, sizeof url, "%s://jangle:%s@127.0.0.1:x/0", schemes[i],
                 wrong_spelt);
        both.taker.config.broker = jangle_redis(url, NULL);
        assert_false(world_try_open(&both.taker, NULL));
        tell_error(&both.taker.error);
    }
}

/* A Redis that does not know a command repeats its words: here the body of a parcel. */
static void try_without_scripts(void)
{
    struct jangle_transport *line = line_fresh(server);
    struct jangle_error error = {0};

    assert_result(line_publish(line, content, LINE_WAIT_MS, NULL), JANGLE_OK);
    redis_server_ask(server, "ACL SETUSER default -evalsha");
    assert_result(line_publish(line, content, LINE_WAIT_MS, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "NOPERM"));
    tell_error(&error);
    redis_server_ask(server, "ACL SETUSER default +evalsha");
    line_close(line);
}

/* ---- the test --------------------------------------------------------------------- */

static void nothing_that_is_told_holds_a_password_or_a_body(void **state)
{
    const char *const secrets[] = {
        redis_server_password, wrong_password, wrong_spelt, "Wr@ng", "pa55", content};

    (void)state;
    live_through_trouble(jangle_logger_text(told));
    live_through_trouble(jangle_logger_json(told));
    try_bad_urls();
    try_without_scripts();
    assert_int_equal(fflush(told), 0);
    assert_true(holds("WRONGPASS") && holds("NOAUTH") && holds("refused") &&
                holds("watch"));
    assert_true(holds("RECEIVED_DEAD") && holds("PUBLISHED"));
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (holds(secrets[i]))
            fail_msg("\"%s\" is told", secrets[i]);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(wrong_url, sizeof wrong_url, "redis://jangle:%s@127.0.0.1:%d", wrong_spelt,
             redis_server_port(server));
    snprintf(no_url, sizeof no_url, "redis://127.0.0.1:%d", redis_server_port(server));
    neighbours_init(&both, true);
    both.sender.config.host.clock = both.taker.config.host.clock =
        (struct jangle_clock){0};
    both.sender.config.reconnect = both.taker.config.reconnect =
        (struct jangle_retry){.first_delay_ms = 1, .max_delay_ms = 1};
    publish_with(&both.sender, &purse_news);
    consume_with(&both.taker, &purse_watch);
    temp_directory_path(path, both.taker.directory, "told");
    told = fopen(path, "w");
    return told ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    fclose(told);
    neighbours_finish(&both);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        nothing_that_is_told_holds_a_password_or_a_body, set_up, tear_down)};
    int failed;

    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
