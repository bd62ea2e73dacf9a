/* dedup.c - a dedup in Redis: how long its keys live, what it does when Redis is full,
 * frozen, or refuses, and that no password is told. */
#include "brokers/redis/server.h"
#include "support/test.h"
#include "support/test_host.h"

#include <jangle/transport/redis.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEASE_MS = 600000, KEEP_MS = 6000000, THREADS = 4 };

static struct redis_server *server;
static struct test_host host;

static struct jangle_dedup *open_url(const char *url)
{
    struct jangle_deduplication descriptor = jangle_redis_dedup(url);
    struct jangle_dedup *dedup = NULL;

    descriptor.scope = "shop";
    descriptor.lease_ms = LEASE_MS;
    descriptor.keep_ms = KEEP_MS;
    assert_result(descriptor.open(&descriptor, &host.host, &dedup, NULL), JANGLE_OK);
    return dedup;
}

static int set_up(void **state)
{
    redis_server_ask(server, "FLUSHALL");
    *state = open_url(redis_server_url(server));
    return 0;
}

static int tear_down(void **state)
{
    struct jangle_dedup *dedup = *state;

    redis_server_ask(server, "CONFIG SET maxmemory 0");
    redis_server_ask(server, "ACL SETUSER default +@all");
    dedup->ops->close(dedup);
    return 0;
}

static int64_t left_ms(void)
{
    return strtoll(redis_server_ask(server, "PTTL shop:seen:watch/m"), NULL, 10);
}

static enum jangle_result
begin(struct jangle_dedup *dedup, struct jangle_claim *claim, struct jangle_error *error)
{
    return dedup->ops->begin(dedup, "watch/m", claim, error);
}

static enum jangle_result
end(struct jangle_dedup *dedup, const struct jangle_claim *claim, bool done)
{
    return dedup->ops->end(dedup, "watch/m", claim, done, NULL);
}

/* ---- keys ----------------------------------------------------------------------------
 */

static void every_key_expires_in_its_time(void **state)
{
    struct jangle_dedup *dedup = *state;
    struct jangle_claim claim = {0};

    assert_result(begin(dedup, &claim, NULL), JANGLE_OK);
    assert_in_range(left_ms(), LEASE_MS / 2, LEASE_MS);
    redis_server_ask(server, "PEXPIRE shop:seen:watch/m 1000");
    assert_result(dedup->ops->renew(dedup, "watch/m", &claim, NULL), JANGLE_OK);
    assert_in_range(left_ms(), LEASE_MS / 2, LEASE_MS);
    assert_result(end(dedup, &claim, true), JANGLE_OK);
    assert_in_range(left_ms(), KEEP_MS / 2, KEEP_MS);
    assert_string_equal(redis_server_ask(server, "DBSIZE"), "1");
}

static void what_is_given_back_leaves_nothing(void **state)
{
    struct jangle_claim claim = {0};

    assert_result(begin(*state, &claim, NULL), JANGLE_OK);
    assert_result(end(*state, &claim, false), JANGLE_OK);
    assert_string_equal(redis_server_ask(server, "DBSIZE"), "0");
}

/* Redis forgets scripts, too, and they are sent again. */
static void a_script_that_is_forgotten_is_sent_again(void **state)
{
    struct jangle_claim claim = {0};

    assert_result(begin(*state, &claim, NULL), JANGLE_OK);
    redis_server_ask(server, "SCRIPT FLUSH");
    assert_result(begin(*state, &claim, NULL), JANGLE_OK);
    assert_int_equal(claim.state, JANGLE_CLAIM_IS_YOURS);
}

static void a_key_of_somebody_else_is_not_overwritten(void **state)
{
    struct jangle_claim claim = {0};
    struct jangle_error error = {0};

    redis_server_ask(server, "LPUSH shop:seen:watch/m one");
    assert_result(begin(*state, &claim, &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "holds something else"));
    assert_string_equal(redis_server_ask(server, "LLEN shop:seen:watch/m"), "1");
}

/* ---- a Redis in trouble
 * ------------------------------------------------------------------ */

static void a_full_redis_takes_no_claims_and_still_what_is_done(void **state)
{
    struct jangle_claim claim = {0}, later = {0};
    struct jangle_error error = {0};
    struct jangle_dedup *dedup = *state;

    assert_result(begin(dedup, &claim, NULL), JANGLE_OK);
    redis_server_ask(server, "CONFIG SET maxmemory 1");
    assert_result(dedup->ops->begin(dedup, "watch/n", &later, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "maxmemory"));
    assert_result(dedup->ops->renew(dedup, "watch/m", &claim, NULL), JANGLE_OK);
    assert_result(end(dedup, &claim, true), JANGLE_OK);
    assert_result(begin(dedup, &later, NULL), JANGLE_BUSY);
}

static void without_its_rights_it_is_away(void **state)
{
    struct jangle_dedup *dedup = *state;
    struct jangle_error error = {0};
    struct jangle_claim claim = {0};

    redis_server_ask(server, "ACL SETUSER default -info");
    assert_result(dedup->ops->check(dedup, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "no right"));
    redis_server_ask(server, "ACL SETUSER default +info -evalsha");
    assert_result(dedup->ops->check(dedup, NULL), JANGLE_OK);
    assert_result(begin(dedup, &claim, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, "NOPERM"));
}

/* Those that docs/operations.md names. Redis has denied nothing, so no call is made that
 * needs more. */
static void the_rights_that_are_documented_are_enough(void **state)
{
    struct jangle_claim claim = {0}, other = {0};
    struct jangle_dedup *dedup;
    char url[128];

    (void)state;
    redis_server_ask(server, "ACL LOG RESET");
    assert_string_equal(
        redis_server_ask(server,
                         "ACL SETUSER dedup on >word ~shop:seen:* -@all +auth +select "
                         "+info +client|setname +client|id +script|load +evalsha +get "
                         "+set +del +pttl"),
        "OK");
    snprintf(url, sizeof url, "redis://dedup:word@127.0.0.1:%d/3",
             redis_server_port(server));
    dedup = open_url(url);
    assert_result(dedup->ops->check(dedup, NULL), JANGLE_OK);
    assert_result(begin(dedup, &claim, NULL), JANGLE_OK);
    assert_result(begin(dedup, &other, NULL), JANGLE_OK);
    assert_int_equal(other.state, JANGLE_CLAIM_IS_ANOTHERS);
    assert_in_range(other.left_ms, LEASE_MS / 2, LEASE_MS);
    assert_result(dedup->ops->renew(dedup, "watch/m", &claim, NULL), JANGLE_OK);
    assert_result(end(dedup, &claim, false), JANGLE_OK);
    assert_result(begin(dedup, &claim, NULL), JANGLE_OK);
    assert_result(end(dedup, &claim, true), JANGLE_OK);
    dedup->ops->close(dedup);
    assert_string_equal(redis_server_ask(server, "ACL LOG"), "");
    redis_server_ask(server, "ACL DELUSER dedup");
}

static void count_line(void *context, const struct jangle_log_entry *entry)
{
    int *lines = context;

    (void)entry;
    (*lines)++;
}

/* It confirms no messages, so what is told of a broker that may lose them is not told
 * of it. */
static void a_dedup_that_may_forget_is_no_broker_at_risk(void **state)
{
    static const char *const settings[] = {"appendonly no", "appendonly yes"};
    struct jangle_logger before = host.host.logger;
    char command[64];
    int lines = 0;

    (void)state;
    host.host.logger = (struct jangle_logger){.write = count_line, .context = &lines};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct jangle_dedup *dedup;

        snprintf(command, sizeof command, "CONFIG SET %s", settings[i]);
        assert_string_equal(redis_server_ask(server, command), "OK");
        redis_server_ask(server, "CONFIG SET appendfsync everysec");
        dedup = open_url(redis_server_url(server));
        assert_result(dedup->ops->check(dedup, NULL), JANGLE_OK);
        dedup->ops->close(dedup);
    }
    redis_server_ask(server, "CONFIG SET appendfsync always");
    host.host.logger = before;
    assert_int_equal(lines, 0);
}

struct caller {
    pthread_t thread;
    struct jangle_dedup *dedup;
    struct jangle_error error;
};

static void *begin_alone(void *context)
{
    struct caller *caller = context;
    struct jangle_claim claim = {0};

    begin(caller->dedup, &claim, &caller->error);
    return NULL;
}

/* Each thread hears in time that there is no answer: one from Redis, and the others while
 * they wait for their turns. */
static void a_frozen_redis_keeps_no_thread(void **state)
{
    struct jangle_dedup *dedup = *state;
    struct caller callers[THREADS] = {0};
    int waited = 0;

    assert_result(dedup->ops->check(dedup, NULL), JANGLE_OK);
    redis_server_freeze(server);
    for (int i = 0; i < THREADS; i++) {
        callers[i].dedup = dedup;
        assert_int_equal(
            pthread_create(&callers[i].thread, NULL, begin_alone, &callers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        assert_result(callers[i].error.result, JANGLE_BUSY);
        waited += strstr(callers[i].error.message, "other threads") != NULL;
    }
    assert_int_equal(waited, THREADS - 1);
    redis_server_thaw(server);
    assert_result(dedup->ops->check(dedup, NULL), JANGLE_OK);
}

/* ---- memory --------------------------------------------------------------------------
 */

static bool is_allowed(enum jangle_result result)
{
    return result == JANGLE_OK || result == JANGLE_NO_MEMORY;
}

/* A whole life. False: no allocation failed. */
static bool live(struct failing_allocator *memory)
{
    struct jangle_deduplication descriptor = jangle_redis_dedup(redis_server_url(server));
    struct jangle_host short_host = host.host;
    struct jangle_claim claim = {0};
    struct jangle_dedup *dedup = NULL;

    short_host.allocator = memory->allocator;
    descriptor.scope = "shop";
    descriptor.lease_ms = LEASE_MS;
    descriptor.keep_ms = KEEP_MS;
    assert_true(is_allowed(descriptor.open(&descriptor, &short_host, &dedup, NULL)));
    if (!dedup)
        return true;
    assert_true(is_allowed(dedup->ops->check(dedup, NULL)));
    assert_true(is_allowed(begin(dedup, &claim, NULL)));
    assert_true(is_allowed(begin(dedup, &claim, NULL)));
    if (*claim.token) {
        assert_int_equal(claim.state, JANGLE_CLAIM_IS_YOURS);
        assert_true(is_allowed(dedup->ops->renew(dedup, "watch/m", &claim, NULL)));
        assert_true(is_allowed(end(dedup, &claim, false)));
        assert_true(is_allowed(end(dedup, &claim, false)));
    }
    dedup->ops->close(dedup);
    return memory->failed > 0;
}

static void each_allocation_may_fail(void **state)
{
    struct failing_allocator memory;
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    for (; failing_allocator_arm(&memory, at), live(&memory); at++)
        assert_int_equal(memory.pieces, 0);
    assert_int_equal(memory.pieces, 0);
    assert_true(at > 10);
    assert_string_equal(redis_server_ask(server, "DBSIZE"), "0");
}

/* ---- passwords -----------------------------------------------------------------------
 */

static void no_password_is_told(void **state)
{
    static const char *const formats[] = {"redis://:%s@127.0.0.1:%d",
                                          "redis://somebody:%s@127.0.0.1:%d"};
    struct jangle_error error = {0};
    char url[128];

    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        struct jangle_dedup *dedup;

        snprintf(url, sizeof url, i ? formats[1] : formats[0], "pa55-of-nobody",
                 redis_server_port(server));
        dedup = open_url(url);
        assert_result(dedup->ops->check(dedup, &error), JANGLE_BUSY);
        assert_non_null(strstr(error.message, "WRONGPASS"));
        assert_null(strstr(error.message, "pa55"));
        dedup->ops->close(dedup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(every_key_expires_in_its_time),
        TEST(what_is_given_back_leaves_nothing),
        TEST(a_script_that_is_forgotten_is_sent_again),
        TEST(a_key_of_somebody_else_is_not_overwritten),
        TEST(a_full_redis_takes_no_claims_and_still_what_is_done),
        TEST(without_its_rights_it_is_away),
        TEST(the_rights_that_are_documented_are_enough),
        TEST(a_dedup_that_may_forget_is_no_broker_at_risk),
        TEST(a_frozen_redis_keeps_no_thread),
        TEST(each_allocation_may_fail),
        TEST(no_password_is_told),
#undef TEST
    };
    int failed;

    test_host_init(&host);
    server = redis_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(server);
    return failed;
}
