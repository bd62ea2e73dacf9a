/* canonical.c - what encode.c writes is taken, and is what the plain reader makes of it;
 * any other form is declined, and nothing of it is left. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "message/canonical.h"

#include "message/copy.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"
#include "support/both_readers.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <jangle/plugin/json.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FENCED_SIZE = 64 };

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct both_readers both;
};

/* As the deposits of a bank are. */
struct paid {
    const char *id;
    int64_t amount;
    jangle_time at;
};

struct flags {
    bool first;
    bool second;
    jangle_optional_bool maybe;
};

/* All of it may be absent. */
struct hint {
    jangle_optional_text text;
    jangle_optional_int number;
    jangle_optional_time at;
};

struct hints {
    struct hint *items;
    size_t count;
};

struct folder {
    struct hint hint;
    struct hints hints;
    jangle_json raw;
};

struct nothing {
    jangle_nothing nothing;
};

static JANGLE_EVENT(paid, id, amount, at, version(3));
static JANGLE_EVENT(flags, first, second, maybe);
static JANGLE_STRUCT(hint, text, number, at);
static JANGLE_STRUCT(folder, nested(hint, hint), list(hints, hint), raw);
static JANGLE_EVENT(nothing, nothing);

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
    fixture->both.allocator = &fixture->memory.allocator;
    fixture->both.limits = jn_limits_default;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int64_t pieces;

    jn_arena_finish(&fixture->arena);
    pieces = fixture->memory.pieces;
    free(fixture);
    return pieces ? -1 : 0;
}

/* What became of the text, which both readers agree on. */
static enum jn_canonical decode_both(struct fixture *fixture,
                                     const struct jangle_message *type,
                                     const char *text,
                                     size_t size)
{
    fixture->both.type = type;
    if (!both_readers_agree(&fixture->both, text, size))
        fail_msg("%.*s: %s", (int)size, text, fixture->both.reason);
    return fixture->both.canonical;
}

static void
expect_taken(struct fixture *fixture, const struct jangle_message *type, const char *text)
{
    if (decode_both(fixture, type, text, strlen(text)) != JN_CANONICAL_TAKEN)
        fail_msg("%s: was not taken", text);
}

static void expect_declined(struct fixture *fixture,
                            const struct jangle_message *type,
                            const char *text)
{
    if (decode_both(fixture, type, text, strlen(text)) != JN_CANONICAL_DECLINED)
        fail_msg("%s: was not declined", text);
}

/* ---- what is taken --------------------------------------------------------------- */

/* The sizes of texts differ, so that each byte is in each place of a word. */
static void what_is_written_is_taken(void **state)
{
    static const char *const texts[] = {
        "{\"id\":\"\",\"amount\":0,\"at\":-1}",
        "{\"id\":\"x\",\"amount\":9223372036854775807,\"at\":-9223372036854775808}",
        "{\"id\":\"0190a5c0-5d8a\",\"amount\":-10,\"at\":1700000000000000}",
        "{\"id\":\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\",\"amount\":1,\"at\":1}",
        ("{\"id\":\"\\\"\\\\/"
         "\\b\\f\\n\\r\\t\\u0001\\u000b\\u001f\x7f\",\"amount\":1,\"at\":1}"),
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_taken(fixture, &paid, texts[i]);
    expect_taken(fixture, &flags, "{\"first\":true,\"second\":false}");
    expect_taken(fixture, &flags, "{\"first\":false,\"second\":true,\"maybe\":false}");
    expect_taken(fixture, &hint, "{}");
    expect_taken(fixture, &hint, "{\"number\":7}");
    expect_taken(fixture, &hint, "{\"text\":\"t\",\"at\":5}");
    expect_taken(fixture, &nothing, "{}");
    expect_taken(fixture, &folder, "{\"hint\":{},\"hints\":[],\"raw\":null}");
    expect_taken(fixture, &folder,
                 "{\"hint\":{\"text\":\"]}\\\"\"},\"hints\":[{},{\"number\":-5},"
                 "{\"text\":\"[{,\"}],\"raw\":[ 1 , {\"a\":\"\\u00E9\\/\"} ]}");
}

static void its_values_are_those_that_were_written(void **state)
{
    static const char text[] = "{\"id\":\"a\\nb\",\"amount\":-42,\"at\":9}";
    struct fixture *fixture = *state;
    struct paid value;

    assert_int_equal(jn_canonical_decode(&fixture->arena, &paid, text, sizeof text - 1, 3,
                                         &jn_limits_default, &value),
                     JN_CANONICAL_TAKEN);
    assert_string_equal(value.id, "a\nb");
    assert_int_equal(value.amount, -42);
    assert_int_equal(value.at.us, 9);
}

/* ---- what is declined ------------------------------------------------------------ */

/* Right or wrong, each of these is for the plain reader. */
static void any_other_form_is_declined(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "5",
        "\"id\"",
        /* order, names, and what is there too often or not at all */
        "{\"amount\":1,\"id\":\"x\",\"at\":1}",
        "{\"id\":\"x\",\"amount\":1}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1,\"later\":1}",
        "{\"id\":\"x\",\"amount\":1,\"amount\":1,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1,\"at\":1}",
        "{\"i\\u0064\":\"x\",\"amount\":1,\"at\":1}",
        "{\"i\":\"x\",\"amount\":1,\"at\":1}",
        "{\"id2\":\"x\",\"amount\":1,\"at\":1}",
        "{\"\":\"x\",\"amount\":1,\"at\":1}",
        "{id:\"x\",\"amount\":1,\"at\":1}",
        "{\"id:\"x\",\"amount\":1,\"at\":1}",
        /* space, commas, ends */
        " {\"id\":\"x\",\"amount\":1,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1} ",
        "{ \"id\":\"x\",\"amount\":1,\"at\":1}",
        "{\"id\" :\"x\",\"amount\":1,\"at\":1}",
        "{\"id\": \"x\",\"amount\":1,\"at\":1}",
        "{\"id\":\"x\" ,\"amount\":1,\"at\":1}",
        "{\"id\":\"x\", \"amount\":1,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1 ,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1 }",
        "{\"id\":\"x\",\"amount\":1,\"at\":1,}",
        "{,\"id\":\"x\",\"amount\":1,\"at\":1}",
        "{\"id\":\"x\",,\"amount\":1,\"at\":1}",
        "{\"id\":\"x\"\"amount\":1,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1}}",
        "{\"id\":\"x\",\"amount\":1,\"at\":1]",
        "{\"id\":\"x\",\"amount\":1,\"at\":1",
        /* numbers */
        "{\"id\":\"x\",\"amount\":01,\"at\":1}",
        "{\"id\":\"x\",\"amount\":-0,\"at\":1}",
        "{\"id\":\"x\",\"amount\":00,\"at\":1}",
        "{\"id\":\"x\",\"amount\":-,\"at\":1}",
        "{\"id\":\"x\",\"amount\":+1,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1.0,\"at\":1}",
        "{\"id\":\"x\",\"amount\":1e3,\"at\":1}",
        "{\"id\":\"x\",\"amount\":,\"at\":1}",
        "{\"id\":\"x\",\"amount\":\"1\",\"at\":1}",
        "{\"id\":\"x\",\"amount\":null,\"at\":1}",
        "{\"id\":\"x\",\"amount\":9223372036854775808,\"at\":1}",
        "{\"id\":\"x\",\"amount\":-9223372036854775809,\"at\":1}",
        "{\"id\":\"x\",\"amount\":9999999999999999999,\"at\":1}",
        "{\"id\":\"x\",\"amount\":18446744073709551617,\"at\":1}",
        "{\"id\":\"x\",\"amount\":10000000000000000000,\"at\":1}",
        "{\"id\":\"x\",\"amount\":0000000000000000000001,\"at\":1}",
        /* texts */
        "{\"id\":null,\"amount\":1,\"at\":1}",
        "{\"id\":5,\"amount\":1,\"at\":1}",
        "{\"id\":x,\"amount\":1,\"at\":1}",
        "{\"id\":\"x,\"amount\":1,\"at\":1}",
        "{\"id\":\"\\/\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u0041\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u000A\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u000a\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u0008\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u0009\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u000c\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u000d\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u001F\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u0020\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u0000\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u00e9\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\ud83d\\ude00\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\ud800\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\x\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\u00\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\\",
        "{\"id\":\"\\u001",
        "{\"id\":\"a\tb\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\x1f\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xff\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xc3\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xc0\x80\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xed\xa0\x80\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xf4\x90\x80\x80\",\"amount\":1,\"at\":1}",
        "{\"id\":\"\xe2\x82",
        "{\"id\":\"x\xe2",
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_declined(fixture, &paid, texts[i]);
}

static void other_forms_of_every_kind_are_declined(void **state)
{
    static const struct {
        const struct jangle_message *type;
        const char *text;
    } cases[] = {
        {&flags, "{\"first\":True,\"second\":false}"},
        {&flags, "{\"first\":tru,\"second\":false}"},
        {&flags, "{\"first\":truefalse,\"second\":false}"},
        {&flags, "{\"first\":1,\"second\":false}"},
        {&flags, "{\"first\":true,\"second\":false,\"maybe\":null}"},
        {&flags, "{\"first\":true,\"maybe\":true}"},
        {&flags, "{\"first\":true,\"second\":fals"},
        {&hint, "{\"at\":5,\"text\":\"t\"}"},
        {&hint, "{\"text\":null}"},
        {&hint, "{,}"},
        {&hint, "{\"number\":5,}"},
        {&nothing, "{\"nothing\":null}"},
        {&nothing, "{\"nothing\":5}"},
        {&folder, "{\"hint\":null,\"hints\":[],\"raw\":null}"},
        {&folder, "{\"hint\":[],\"hints\":[],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":{},\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":null,\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[,],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{},],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{} ],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{}{}],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{},[]],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{},5],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[5,{}],\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{},{},\"raw\":null}"},
        {&folder, "{\"hint\":{},\"hints\":[{},{\"text\":\"x"},
        {&folder, "{\"hint\":{},\"hints\":[{},{\"text\":\"x\\"},
        {&folder, "{\"hint\":{},\"hints\":["},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\": 5}"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":5 }"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":}"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":nul}"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":\"\xff\"}"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":\"\\"},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":[1,2}"},
        {&tag, "{\"name\":\"x\",\"weight\":1}"},
        {&tag, "{\"name\":\"x\",\"weight\":1E5}"},
        {&tag, "{\"name\":\"x\",\"weight\":01.5}"},
        {&tag, "{\"name\":\"x\",\"weight\":1e999}"},
        {&tag, "{\"name\":\"x\",\"weight\":\"1.5\"}"},
        {&tag, "{\"name\":\"x\",\"weight\":{\"e\":1}}"},
        {&tag, "{\"name\":\"x\",\"weight\":true}"},
        {&tag, "{\"name\":\"x\",\"weight\":1.5.5}"},
        {&tag, "{\"name\":\"x\",\"weight\":1.}"},
        {&tag, "{\"name\":\"x\",\"weight\":"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_declined(*state, cases[i].type, cases[i].text);
}

static void a_nul_is_declined_wherever_it_stands(void **state)
{
    static const char text[] =
        "{\"hint\":{\"text\":\"\\\\x\"},\"hints\":[{},{\"number\":5}],"
        "\"raw\":\"\\\"\"}";
    struct fixture *fixture = *state;
    char spoilt[sizeof text];

    expect_taken(fixture, &folder, text);
    for (size_t at = 0; at < sizeof text; at++) {
        memcpy(spoilt, text, sizeof text);
        spoilt[at] = '\0';
        assert_int_equal(
            decode_both(fixture, &folder, spoilt, sizeof text - (at < sizeof text - 1)),
            JN_CANONICAL_DECLINED);
    }
}

/* ---- versions and limits --------------------------------------------------------- */

static const char paid_text[] = "{\"id\":\"x\",\"amount\":1,\"at\":1}";
enum { PAID_SIZE = sizeof paid_text - 1 };

static enum jn_canonical
decode_paid(struct fixture *fixture, int version, int64_t bytes, int64_t depth)
{
    struct jn_limits limits = {.message_bytes = bytes, .json_depth = depth};
    struct paid value;

    return jn_canonical_decode(&fixture->arena, &paid, paid_text, PAID_SIZE, version,
                               &limits, &value);
}

static void another_version_is_declined(void **state)
{
    assert_int_equal(decode_paid(*state, 3, 1000, 5), JN_CANONICAL_TAKEN);
    for (int version = 0; version < 6; version++)
        assert_int_equal(decode_paid(*state, version, 1000, 5),
                         version == 3 ? JN_CANONICAL_TAKEN : JN_CANONICAL_DECLINED);
}

static void what_is_longer_than_the_limit_is_declined(void **state)
{
    assert_int_equal(decode_paid(*state, 3, PAID_SIZE, 5), JN_CANONICAL_TAKEN);
    assert_int_equal(decode_paid(*state, 3, PAID_SIZE - 1, 5), JN_CANONICAL_DECLINED);
    assert_int_equal(decode_paid(*state, 3, 0, 5), JN_CANONICAL_DECLINED);
}

/* Each limit, the result of both readers, and whether the text is as deep. */
static void what_is_deeper_than_the_limit_is_declined(void **state)
{
    static const struct {
        const struct jangle_message *type;
        const char *text;
        int depth;
    } cases[] = {
        {&hint, "{}", 1},
        {&box, "{\"number\":1,\"tags\":[],\"notes\":null}", 2},
        {&box, "{\"number\":1,\"tags\":[{\"name\":\"\"}],\"notes\":null}", 3},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":null}", 2},
        {&folder, "{\"hint\":{},\"hints\":[{}],\"raw\":null}", 3},
        {&folder, "{\"hint\":{},\"hints\":[{},{}],\"raw\":[]}", 3},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":[[[]],{\"a\":{}}]}", 4},
        {&folder, "{\"hint\":{},\"hints\":[],\"raw\":{\"a\":[[[[]]]]}}", 6},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int depth = 0; depth < 8; depth++) {
            fixture->both.limits.json_depth = depth;
            if (depth < cases[i].depth)
                expect_declined(fixture, cases[i].type, cases[i].text);
            else
                expect_taken(fixture, cases[i].type, cases[i].text);
            assert_int_equal(fixture->both.result == JANGLE_OK, depth >= cases[i].depth);
        }
}

/* A struct of its own depth cannot be as deep; raw JSON can. */
static void no_limit_is_beyond_the_deepest(void **state)
{
    enum { DEEP = JN_JSON_DEPTH_MAX };
    struct fixture *fixture = *state;
    char open[DEEP + 2], close[DEEP + 2];

    fixture->both.limits.json_depth = INT64_MAX;
    for (size_t depth = DEEP - 2; depth <= DEEP + 1; depth++) {
        const char *text;

        memset(open, '[', depth);
        memset(close, ']', depth);
        open[depth] = close[depth] = '\0';
        text = jangle_text(&fixture->arena, "{\"hint\":{},\"hints\":[],\"raw\":%s%s}",
                           open, close);
        if (depth < DEEP)
            expect_taken(fixture, &folder, text);
        else
            expect_declined(fixture, &folder, text);
    }
}

/* ---- memory ---------------------------------------------------------------------- */

/* Each allocation fails in turn, in an arena of its own. Returns how many there were. */
static int64_t starve(struct fixture *fixture,
                      const struct jangle_message *type,
                      const char *text,
                      void *data)
{
    static const unsigned char zero[sizeof(struct folder)];
    enum jn_canonical read = JN_CANONICAL_NO_MEMORY;
    int64_t at;

    for (at = 1; read == JN_CANONICAL_NO_MEMORY; at++) {
        struct jangle_error error = {JANGLE_OK, ""};
        struct jangle_arena arena;

        jn_arena_init(&arena, &fixture->memory.allocator);
        failing_allocator_arm(&fixture->memory, at);
        memset(data, 0xEE, type->size);
        read = jn_canonical_decode(&arena, type, text, strlen(text),
                                   jn_type_version(type), &jn_limits_default, data);
        assert_int_equal(read, fixture->memory.failed ? JN_CANONICAL_NO_MEMORY
                                                      : JN_CANONICAL_TAKEN);
        if (read)
            assert_memory_equal(data, zero, type->size);
        jn_arena_finish(&arena);

        jn_arena_init(&arena, &fixture->memory.allocator);
        failing_allocator_arm(&fixture->memory, at);
        assert_result(jn_decode(&arena, type, text, strlen(text), jn_type_version(type),
                                &jn_limits_default, data, &error),
                      read ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_result(error.result, read ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_int_equal(fixture->memory.failed, read ? 1 : 0);
        jn_arena_finish(&arena);
    }
    return at - 2;
}

static void an_arena_that_fails_is_no_memory(void **state)
{
    struct fixture *fixture = *state;
    const char *text =
        jangle_text(&fixture->arena, "{\"hint\":{\"text\":\"%01500d\"},\"hints\":[{}", 7);
    struct folder value;

    for (int i = 0; i < 40; i++)
        text = jangle_text(&fixture->arena, "%s,{\"text\":\"%050d\"}", text, i);
    text = jangle_text(&fixture->arena, "%s],\"raw\":\"%03000d\"}", text, 8);
    assert_in_range(starve(fixture, &folder, text, &value), 3, 20);
    assert_int_equal(value.hints.count, 41);
}

/* A failure from before the call is not blamed on the text, right or wrong. */
static void an_arena_that_has_failed_before_is_left_to_the_plain_reader(void **state)
{
    struct fixture *fixture = *state;

    fixture->arena.failed = true;
    assert_int_equal(decode_paid(fixture, 3, 1000, 5), JN_CANONICAL_DECLINED);
    fixture->arena.failed = false;
}

/* Much is made before the text turns out to be of another form: none of it stays. */
static void what_was_made_before_it_was_declined_is_given_back(void **state)
{
    struct fixture *fixture = *state;
    const char *text = "{\"hint\":{\"text\":\"x\"},\"hints\":[{}";

    for (int i = 0; i < 300; i++)
        text = jangle_text(&fixture->arena, "%s,{\"text\":\"%0500d\"}", text, i);
    text = jangle_text(&fixture->arena, "%s],\"raw\":\"\",\"later\":5}", text);
    expect_declined(fixture, &folder, text);
    assert_result(fixture->both.result, JANGLE_OK);
}

/* ---- no byte behind the text ----------------------------------------------------- */

/* A page, and behind it one that nobody may touch. */
static char *map_fenced(size_t *page)
{
    char *pages;

    *page = (size_t)sysconf(_SC_PAGESIZE);
    pages =
        mmap(NULL, 2 * *page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + *page, *page, PROT_NONE), 0);
    return pages;
}

/* A text with an id of so many characters of one kind, and its first `size` bytes at the
 * end of the page: a byte behind them cannot be read. */
static void no_byte_behind_the_text_is_read(void **state)
{
    static const char *const fillings[] = {"a", "\xc3\xa9", "\xf0\x9f\x98\x80", "\\n",
                                           "\\u001f"};
    struct fixture *fixture = *state;
    size_t page, taken = 0;
    char *pages = map_fenced(&page);

    for (size_t filling = 0; filling < sizeof fillings / sizeof *fillings; filling++)
        for (size_t repeated = 0; repeated <= FENCED_SIZE; repeated++) {
            const char *text = "{\"id\":\"";

            for (size_t i = 0; i < repeated; i++)
                text = jangle_text(&fixture->arena, "%s%s", text, fillings[filling]);
            text =
                jangle_text(&fixture->arena, "%s\",\"amount\":1234567,\"at\":-5}", text);
            for (size_t size = 0; size <= strlen(text); size++) {
                memcpy(pages + page - size, text, size);
                taken += decode_both(fixture, &paid, pages + page - size, size) ==
                         JN_CANONICAL_TAKEN;
            }
            jn_arena_reset(&fixture->arena);
        }
    assert_int_equal(taken, sizeof fillings / sizeof *fillings * (FENCED_SIZE + 1));
    munmap(pages, 2 * page);
}

/* Every kind of member ends at the fence, whole or cut. */
static void no_byte_behind_any_member_is_read(void **state)
{
    static const struct {
        const struct jangle_message *type;
        const char *text;
    } cases[] = {
        {&flags, "{\"first\":true,\"second\":false,\"maybe\":true}"},
        {&hint, "{\"text\":\"\xe2\x82\xac\",\"number\":-1234567890123456789,\"at\":0}"},
        {&folder,
         "{\"hint\":{\"number\":1},\"hints\":[{\"text\":\"a\\\\\"},{}],\"raw\":"
         "{\"a\":[null,true,-1.5e-7,\"\\u00e9\xc3\xa9\"]}}"},
        {&tag, "{\"name\":\"\",\"weight\":-1234.5678e+21}"},
    };
    struct fixture *fixture = *state;
    size_t page;
    char *pages = map_fenced(&page);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t size = 0; size <= strlen(cases[i].text); size++) {
            memcpy(pages + page - size, cases[i].text, size);
            assert_int_equal(
                decode_both(fixture, cases[i].type, pages + page - size, size),
                size == strlen(cases[i].text) ? JN_CANONICAL_TAKEN
                                              : JN_CANONICAL_DECLINED);
        }
    munmap(pages, 2 * page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_taken),
        TEST(its_values_are_those_that_were_written),
        TEST(any_other_form_is_declined),
        TEST(other_forms_of_every_kind_are_declined),
        TEST(a_nul_is_declined_wherever_it_stands),
        TEST(another_version_is_declined),
        TEST(what_is_longer_than_the_limit_is_declined),
        TEST(what_is_deeper_than_the_limit_is_declined),
        TEST(no_limit_is_beyond_the_deepest),
        TEST(an_arena_that_fails_is_no_memory),
        TEST(an_arena_that_has_failed_before_is_left_to_the_plain_reader),
        TEST(what_was_made_before_it_was_declined_is_given_back),
        TEST(no_byte_behind_the_text_is_read),
        TEST(no_byte_behind_any_member_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
