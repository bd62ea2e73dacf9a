/* passwords.c - what two programs tell of trouble with their broker holds no secret. */
#include "brokers/passwords.h"

#include "support/domains/neighbours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_SIZE = 128, WAIT_MS = 20000 };

/* The second stands in a URL as Wr%40ng-pa55, so that both spellings are looked for. */
static const char wrong_password[] = "Wr@ng-pa55";
const char passwords_wrong[] = "Wr%40ng-pa55";
const char passwords_body[] = "n0body-reads-this";

static const struct passwords_trial *trial;
static struct neighbours both;
static char path[TEMP_PATH_SIZE];
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
        worlds[i]->config.broker = trial->describe(url, false);
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

static void publish_nonsense(void)
{
    static const struct jangle_host system_host;
    struct jangle_broker broker = trial->describe(trial->right_url, false);
    struct jangle_transport *line = NULL;
    struct jangle_parcel nonsense = {.queue = "watch",
                                     .content_type = "application/cloudevents+json",
                                     .body = passwords_body,
                                     .body_size = strlen(passwords_body)};

    assert_result(broker.open(&broker, &system_host, "a test", &line, NULL), JANGLE_OK);
    assert_result(line->ops->publish(line, &nonsense, 1, WAIT_MS, NULL), JANGLE_OK);
    line->ops->close(line);
}

/* One that is taken, and one that cannot be read and is dead. */
static void pass_messages(void)
{
    assert_result(jangle_declare(both.taker.jangle, NULL, NULL), JANGLE_OK);
    publish_nonsense();
    world_put(&both.sender, "1");
    while (endpoint_of(&both.taker, "watch").taken < 1 ||
           endpoint_of(&both.taker, "watch").dead < 1) {
        jangle_poll(both.sender.jangle, NULL, NULL);
        jangle_poll(both.taker.jangle, NULL, NULL);
    }
}

static void live_through_trouble(struct jangle_logger logger)
{
    open_both(trial->right_url, logger);
    pass_messages();
    try_calls();
    assert_true(trial->cut(trial->context));
    try_calls();
    assert_true(trial->mend(trial->context));
    close_both();
    for (size_t i = 0; trial->wrong_urls[i]; i++) {
        open_both(trial->wrong_urls[i], logger);
        try_calls();
        close_both();
    }
}

/* What is wrong with a URL is told without the URL. */
static void try_bad_urls(void)
{
    for (size_t i = 0; trial->bad_schemes[i]; i++) {
        char url[URL_SIZE];

        snprintf(url, sizeof url, "%s://jangle:%s@127.0.0.1:x%s", trial->bad_schemes[i],
                 passwords_wrong, trial->path);
        both.taker.config.broker = trial->describe(url, true);
        assert_false(world_try_open(&both.taker, NULL));
        tell_error(&both.taker.error);
    }
}

static void try_more(void)
{
    struct jangle_error error = {0};

    if (!trial->more)
        return;
    trial->more(trial->context, &error);
    tell_error(&error);
}

/* ---- the test --------------------------------------------------------------------- */

static void nothing_that_is_told_holds_a_password_or_a_body(void **state)
{
    const char *const secrets[] = {trial->password, wrong_password, passwords_wrong,
                                   "Wr@ng",         "pa55",         passwords_body};

    (void)state;
    live_through_trouble(jangle_logger_text(told));
    live_through_trouble(jangle_logger_json(told));
    try_bad_urls();
    try_more();
    assert_int_equal(fflush(told), 0);
    for (size_t i = 0; trial->told[i]; i++)
        if (!holds(trial->told[i]))
            fail_msg("\"%s\" is not told", trial->told[i]);
    assert_true(holds("watch") && holds("RECEIVED_DEAD") && holds("PUBLISHED"));
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (holds(secrets[i]))
            fail_msg("\"%s\" is told", secrets[i]);
}

static int set_up(void **state)
{
    (void)state;
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

int passwords_try(const struct passwords_trial *tried)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
        nothing_that_is_told_holds_a_password_or_a_body, set_up, tear_down)};

    trial = tried;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
