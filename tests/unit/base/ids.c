/* ids.c - UUIDs of version 7: well-formed, distinct, and never stepping back. */
#include "base/host.h"

#include "base/ids.h"
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREAD_COUNT = 8, IDS_A_THREAD = 20000 };

struct fixture {
    jangle_time now;
    int fill_byte; /* all bits of randomness; -1: the system's */
    struct jn_host system;
    struct jangle_random random;
    struct jangle_clock clock;
    struct jn_ids ids;
};

static jangle_time fixed_now(void *context)
{
    return ((struct fixture *)context)->now;
}

static void fill(void *context, void *bytes, size_t size)
{
    struct fixture *fixture = context;
    const struct jangle_random *random = &fixture->system.host.random;

    if (fixture->fill_byte < 0)
        random->fill(random->context, bytes, size);
    else
        memset(bytes, fixture->fill_byte, size);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture || jn_host_init(&fixture->system, &(struct jangle_host){0}))
        return -1;
    fixture->now.us = 1800000000123456;
    fixture->fill_byte = -1;
    fixture->random = (struct jangle_random){.fill = fill, .context = fixture};
    fixture->clock = (struct jangle_clock){.now = fixed_now, .context = fixture};
    *state = fixture;
    return jn_ids_init(&fixture->ids, &fixture->clock, &fixture->random, false) ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    jn_ids_finish(&fixture->ids);
    jn_host_finish(&fixture->system);
    free(fixture);
    return 0;
}

static int64_t ms_of(const unsigned char id[JANGLE_ID_SIZE])
{
    int64_t ms = 0;

    for (int at = 0; at < 6; at++)
        ms = ms << 8 | id[at];
    return ms;
}

/* The next id is well-formed and greater than the last one, which it replaces. */
static void check_next(struct fixture *fixture, unsigned char last[JANGLE_ID_SIZE])
{
    unsigned char id[JANGLE_ID_SIZE];

    jn_ids_next(&fixture->ids, id);
    assert_int_equal(id[6] >> 4, 7);
    assert_int_equal(id[8] >> 6, 2);
    assert_true(memcmp(id, last, sizeof id) > 0);
    memcpy(last, id, sizeof id);
}

static void an_id_has_its_version_its_variant_and_its_time(void **state)
{
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};

    for (int at = 0; at < 1000; at++) {
        check_next(fixture, id);
        assert_int_equal(ms_of(id), fixture->now.us / 1000);
        fixture->now.us += 1000;
    }
}

static void ids_of_one_millisecond_go_up(void **state)
{
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};

    for (int at = 0; at < 100000; at++)
        check_next(fixture, id);
    assert_int_equal(ms_of(id), fixture->now.us / 1000);
}

static void ids_go_up_when_the_clock_steps_back_an_hour(void **state)
{
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};
    int64_t ms = fixture->now.us / 1000;

    check_next(fixture, id);
    fixture->now.us -= 3600 * (int64_t)1000000;
    for (int at = 0; at < 10000; at++) {
        check_next(fixture, id);
        fixture->now.us += 1000;
    }
    assert_int_equal(ms_of(id), ms);
    fixture->now.us += 3600 * (int64_t)1000000;
    check_next(fixture, id);
    assert_int_equal(ms_of(id), fixture->now.us / 1000);
}

static void a_full_counter_borrows_from_the_next_millisecond(void **state)
{
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};
    int64_t ms = fixture->now.us / 1000;

    check_next(fixture, id);
    fixture->ids.counter = UINT32_MAX - 3;
    for (int at = 0; at < 10; at++)
        check_next(fixture, id);
    assert_int_equal(ms_of(id), ms + 1);
}

static void every_bit_of_the_counter_counts(void **state)
{
    struct fixture *fixture = *state;

    for (int bit = 0; bit < 32; bit++) {
        unsigned char id[JANGLE_ID_SIZE] = {0};

        check_next(fixture, id);
        fixture->now.us += 1000;
        check_next(fixture, id);
        fixture->ids.counter = ((uint32_t)1 << bit) - 2;
        jn_ids_next(&fixture->ids, id);
        check_next(fixture, id);
    }
}

/* Even if every bit that the source gives is one, there is room for 2^31 more. */
static void a_millisecond_begins_with_room_for_many_ids(void **state)
{
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};

    fixture->fill_byte = 0xff;
    check_next(fixture, id);
    assert_true(fixture->ids.counter <= UINT32_MAX / 2);
}

static void ids_differ_in_many_bits_that_cannot_be_guessed(void **state)
{
    struct fixture *fixture = *state;
    unsigned char ones[JANGLE_ID_SIZE] = {0}, zeroes[JANGLE_ID_SIZE] = {0};
    int bits = 0;

    for (int at = 0; at < 1000; at++) {
        unsigned char id[JANGLE_ID_SIZE];

        jn_ids_next(&fixture->ids, id);
        for (size_t byte = 10; byte < sizeof id; byte++) {
            ones[byte] |= id[byte];
            zeroes[byte] |= (unsigned char)~id[byte];
        }
    }
    for (int bit = 10 * 8; bit < JANGLE_ID_SIZE * 8; bit++)
        bits += (ones[bit / 8] & zeroes[bit / 8]) >> bit % 8 & 1;
    assert_true(bits >= 42);
}

static void clocks_far_off_still_give_ids_that_go_up(void **state)
{
    static const int64_t times[] = {INT64_MIN, -1, 0, 999, 1000, INT64_MAX, 5};
    struct fixture *fixture = *state;
    unsigned char id[JANGLE_ID_SIZE] = {0};

    for (size_t at = 0; at < sizeof times / sizeof *times; at++) {
        fixture->now.us = times[at];
        for (int again = 0; again < 10; again++)
            check_next(fixture, id);
        if (times[at] == INT64_MAX)
            assert_int_equal(ms_of(id), ((int64_t)1 << 48) - 1);
    }
}

/* ---- threads ----------------------------------------------------------------- */

struct maker {
    pthread_t thread;
    struct jn_host *host;
    unsigned char ids[IDS_A_THREAD][JANGLE_ID_SIZE];
};

static void *make_ids(void *context)
{
    struct maker *maker = context;

    for (int at = 0; at < IDS_A_THREAD; at++)
        jn_host_id(maker->host, maker->ids[at]);
    return NULL;
}

static int compare_ids(const void *left, const void *right)
{
    return memcmp(left, right, JANGLE_ID_SIZE);
}

static void threads_never_get_the_same_id(void **state)
{
    struct fixture *fixture = *state;
    struct maker *makers = calloc(THREAD_COUNT, sizeof *makers);
    unsigned char(*all)[JANGLE_ID_SIZE] =
        calloc((size_t)THREAD_COUNT * IDS_A_THREAD, JANGLE_ID_SIZE);

    assert_non_null(makers);
    assert_non_null(all);
    for (int at = 0; at < THREAD_COUNT; at++) {
        makers[at].host = &fixture->system;
        assert_int_equal(pthread_create(&makers[at].thread, NULL, make_ids, &makers[at]),
                         0);
    }
    for (int at = 0; at < THREAD_COUNT; at++) {
        assert_int_equal(pthread_join(makers[at].thread, NULL), 0);
        for (int id = 1; id < IDS_A_THREAD; id++)
            assert_true(compare_ids(makers[at].ids[id - 1], makers[at].ids[id]) < 0);
        memcpy(all[at * IDS_A_THREAD], makers[at].ids, sizeof makers[at].ids);
    }
    qsort(all, (size_t)THREAD_COUNT * IDS_A_THREAD, JANGLE_ID_SIZE, compare_ids);
    for (int at = 1; at < THREAD_COUNT * IDS_A_THREAD; at++)
        assert_true(compare_ids(all[at - 1], all[at]) < 0);
    free(all);
    free(makers);
}

/* With no randomness at all, the counter alone keeps them apart. */
static void threads_never_get_the_same_id_from_a_source_without_bits(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_host given = {.random = fixture->random, .clock = fixture->clock};

    fixture->fill_byte = 0;
    jn_host_finish(&fixture->system);
    assert_result(jn_host_init(&fixture->system, &given), JANGLE_OK);
    threads_never_get_the_same_id(state);
}

/* ---- where the bits come from ------------------------------------------------- */

static int asked;

static void count_and_fill(void *context, void *bytes, size_t size)
{
    asked++;
    assert_in_range(size, 1, 16);
    fill(context, bytes, size);
}

static void a_source_of_the_programs_own_is_asked_for_each_id(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_host given = {.random = {.fill = count_and_fill, .context = fixture},
                                .clock = fixture->clock};
    struct jn_host host;
    unsigned char id[JANGLE_ID_SIZE];

    asked = 0;
    fixture->fill_byte = 7;
    assert_result(jn_host_init(&host, &given), JANGLE_OK);
    for (int at = 0; at < 10; at++)
        jn_host_id(&host, id);
    assert_int_equal(asked, 10);
    assert_null(host.ids.block);
    jn_host_finish(&host);
}

/* The clock stands still, so only the random bits can tell a child's ids from those that
 * its parent makes after the fork. The ids before it have left bits over. */
static void a_child_makes_no_id_of_its_parent(void **state)
{
    enum { IDS = 50 };
    struct fixture *fixture = *state;
    struct jangle_host given = {.clock = fixture->clock};
    unsigned char id[JANGLE_ID_SIZE], childs[IDS][JANGLE_ID_SIZE];
    struct jn_host host;
    int ends[2], status;
    pid_t child;

    assert_result(jn_host_init(&host, &given), JANGLE_OK);
    jn_host_id(&host, id);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        for (int at = 0; at < IDS; at++)
            jn_host_id(&host, childs[at]);
        _exit(write(ends[1], childs, sizeof childs) != sizeof childs);
    }
    assert_int_equal(read(ends[0], childs, sizeof childs), sizeof childs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int at = 0; at < IDS; at++) {
        jn_host_id(&host, id);
        for (int other = 0; other < IDS; other++)
            assert_memory_not_equal(id, childs[other], sizeof id);
    }
    close(ends[0]);
    close(ends[1]);
    jn_host_finish(&host);
}

/* ---- words ------------------------------------------------------------------- */

static void ids_in_words_can_be_read_back(void **state)
{
    static const unsigned char id[JANGLE_ID_SIZE] = {0x01, 0x9a, 0xbc, 0xde, 0xf0, 0x12,
                                                     0x73, 0x45, 0x86, 0x78, 0x9a, 0xbc,
                                                     0xde, 0xf0, 0x12, 0x34};
    unsigned char read[JANGLE_ID_SIZE];
    char text[JN_ID_TEXT_SIZE];

    (void)state;
    jn_id_to_text(id, text);
    assert_string_equal(text, "019abcde-f012-7345-8678-9abcdef01234");
    assert_true(jn_id_from_text(read, text));
    assert_memory_equal(read, id, sizeof id);
    assert_true(jn_id_from_text(read, "019ABCDE-F012-7345-8678-9ABCDEF01234"));
    assert_memory_equal(read, id, sizeof id);
}

static void what_is_no_id_is_not_read(void **state)
{
    static const char *const texts[] = {NULL,
                                        "",
                                        "019abcde-f012-7345-8678-9abcdef0123",
                                        "019abcde-f012-7345-8678-9abcdef012345",
                                        "019abcde-f012-7345-8678-9abcdef0123g",
                                        "019abcdef-012-7345-8678-9abcdef01234",
                                        "019abcdef0127345867809abcdef01234567",
                                        " 019abcde-f012-7345-8678-9abcdef0123"};
    unsigned char id[JANGLE_ID_SIZE];

    (void)state;
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++)
        assert_false(jn_id_from_text(id, texts[at]));
}

/* ---- ids of received messages ------------------------------------------------ */

static void
derive(unsigned char id[JANGLE_ID_SIZE], const char *source, const char *sent_as)
{
    jn_id_derive_in_time(id, (const char *const[]){source, sent_as, NULL}, sent_as);
}

/* Whatever the source: the time comes first. Written with capitals it is the same time.
 */
static void what_was_sent_later_has_a_greater_id(void **state)
{
    static const char *const sent[] = {
        "0193B2A0-0000-7FFF-bfff-ffffffffffff", "0193b2a0-0001-7000-8000-000000000000",
        "0193b2a1-0000-7000-8000-000000000000", "ffffffff-ffff-7000-8000-000000000000"};
    unsigned char before[JANGLE_ID_SIZE] = {0}, id[JANGLE_ID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        derive(id, i % 2 ? "shop" : "bank", sent[i]);
        assert_true(memcmp(before, id, sizeof id) < 0);
        assert_int_equal(id[6] >> 4, 8);
        memcpy(before, id, sizeof id);
    }
}

static void ids_of_one_time_differ_by_source_and_by_every_digit(void **state)
{
    static const char sent[] = "0193b2a0-0000-7000-8000-000000000000";
    unsigned char one[JANGLE_ID_SIZE], other[JANGLE_ID_SIZE];
    char changed[sizeof sent];

    (void)state;
    derive(one, "bank", sent);
    derive(other, "bank", sent);
    assert_memory_equal(one, other, sizeof one);
    derive(other, "shop", sent);
    assert_memory_not_equal(one, other, sizeof one);
    for (size_t at = 15; at < sizeof sent - 1; at++) {
        memcpy(changed, sent, sizeof sent);
        changed[at] = sent[at] == '-' ? '-' : sent[at] == '8' ? '9' : '1';
        derive(other, "bank", changed);
        if (sent[at] != '-')
            assert_memory_not_equal(one + 6, other + 6, sizeof one - 6);
    }
}

/* Those of other versions begin with no time, or with one in another order. */
static void other_ids_are_hashed_alone(void **state)
{
    static const char *const sent[] = {"",
                                       "7",
                                       "order 7",
                                       "c232ab00-9414-11ec-b3c8-9f6bdeced846",
                                       "1ec9414c-232a-6b00-b3c8-9f6bdeced846",
                                       "919108f7-52d1-4320-9bac-f847db4148a8",
                                       "0193b2a0-0000-7000-8000-00000000000",
                                       "0193b2a0-0000-7000-8000-0000000000000"};
    unsigned char id[JANGLE_ID_SIZE], hashed[JANGLE_ID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        derive(id, "bank", sent[i]);
        jn_id_derive(hashed, (const char *const[]){"bank", sent[i], NULL});
        assert_memory_equal(id, hashed, sizeof id);
    }
}

#define IDS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IDS_TEST(an_id_has_its_version_its_variant_and_its_time),
        IDS_TEST(ids_of_one_millisecond_go_up),
        IDS_TEST(ids_go_up_when_the_clock_steps_back_an_hour),
        IDS_TEST(a_full_counter_borrows_from_the_next_millisecond),
        IDS_TEST(every_bit_of_the_counter_counts),
        IDS_TEST(a_millisecond_begins_with_room_for_many_ids),
        IDS_TEST(ids_differ_in_many_bits_that_cannot_be_guessed),
        IDS_TEST(clocks_far_off_still_give_ids_that_go_up),
        IDS_TEST(threads_never_get_the_same_id),
        IDS_TEST(threads_never_get_the_same_id_from_a_source_without_bits),
        IDS_TEST(a_source_of_the_programs_own_is_asked_for_each_id),
        IDS_TEST(a_child_makes_no_id_of_its_parent),
        cmocka_unit_test(ids_in_words_can_be_read_back),
        cmocka_unit_test(what_is_no_id_is_not_read),
        cmocka_unit_test(what_was_sent_later_has_a_greater_id),
        cmocka_unit_test(ids_of_one_time_differ_by_source_and_by_every_digit),
        cmocka_unit_test(other_ids_are_hashed_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
