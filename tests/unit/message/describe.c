/* describe.c - a description that cannot be right is refused, naming the place; structs
 * are hashed, copied and compared by it. */
#include "message/describe.h"

#include "message/copy.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void expect_refused(const struct jangle_message *type, const char *sentence)
{
    struct jangle_error error = {JANGLE_OK, ""};

    assert_result(jn_type_check(type, &error), JANGLE_INVALID);
    assert_result(error.result, JANGLE_INVALID);
    assert_string_equal(error.message, sentence);
}

static void expect_fine(const struct jangle_message *type)
{
    struct jangle_error error = {JANGLE_OK, ""};

    jn_type_check(type, &error);
    assert_string_equal(error.message, "");
    assert_result(error.result, JANGLE_OK);
}

/* ---- what is left out -------------------------------------------------------- */

struct full {
    int64_t a;
    bool b;
    int64_t c;
    bool d, e;
};

struct outer {
    bool f;
    struct full g;
    bool h;
};

#define FIELD(name, kind)                                                                \
    ((struct jangle_field){#name, offsetof(struct full, name), JANGLE_KIND_##kind, NULL})
#define FIELDS(...) ((const struct jangle_field[]){__VA_ARGS__, {0}})

static JANGLE_STRUCT(full, e, c, a, d, b);
static JANGLE_STRUCT(outer, f, nested(g, full), h);

/* A description of the struct that is not what the macro would make. */
static struct jangle_message full_of(const struct jangle_field *fields)
{
    return (struct jangle_message){
        .name = "full", .size = sizeof(struct full), .fields = fields};
}

static void padding_explains_small_gaps_in_any_order(void **state)
{
    (void)state;
    expect_fine(&full);
    expect_fine(&outer);
    expect_fine(&sample);
}

static void a_gap_names_its_neighbours(void **state)
{
    struct jangle_message type =
        full_of(FIELDS(FIELD(b, BOOL), FIELD(c, INT), FIELD(d, BOOL)));

    (void)state;
    expect_refused(&type, "full: something lies before b that is not described");
    type = full_of(FIELDS(FIELD(d, BOOL), FIELD(e, BOOL), FIELD(a, INT), FIELD(b, BOOL)));
    expect_refused(&type, "full: something lies between b and d that is not described");
    type = full_of(FIELDS(FIELD(a, INT), FIELD(b, BOOL), FIELD(c, INT), FIELD(e, BOOL)));
    expect_refused(&type, "full: something lies between c and e that is not described");
    type = full_of(FIELDS(FIELD(a, INT), FIELD(b, BOOL)));
    expect_refused(&type, "full: something lies behind b that is not described");
    type = outer;
    type.fields = FIELDS({"f", offsetof(struct outer, f), JANGLE_KIND_BOOL, NULL},
                         {"h", offsetof(struct outer, h), JANGLE_KIND_BOOL, NULL});
    expect_refused(&type, "outer: something lies between f and h that is not described");
}

struct three {
    int64_t a, b, c;
};

static void a_gap_of_just_one_member_is_found(void **state)
{
    struct jangle_field fields[4] = {{"a", 0, JANGLE_KIND_INT, NULL},
                                     {"b", 8, JANGLE_KIND_INT, NULL},
                                     {"c", 16, JANGLE_KIND_INT, NULL}};
    struct jangle_message type = {
        .name = "three", .size = sizeof(struct three), .fields = fields};

    (void)state;
    expect_fine(&type);
    type.fields = fields + 1;
    expect_refused(&type, "three: something lies before b that is not described");
    type.fields = fields;
    fields[1] = fields[2];
    fields[2].name = NULL;
    expect_refused(&type, "three: something lies between a and c that is not described");
    fields[1] = (struct jangle_field){"b", 8, JANGLE_KIND_INT, NULL};
    expect_refused(&type, "three: something lies behind b that is not described");
}

/* ---- what is left out where padding could be --------------------------------- */

struct late {
    int64_t cents;
    bool done;
    bool late;
};

struct early {
    bool early;
    int64_t cents;
    bool done;
};

struct middle {
    bool done, middle;
    int64_t cents;
};

struct in_padding_of_an_optional {
    jangle_optional_bool first;
    bool forgotten;
    jangle_optional_int second;
};

struct lates {
    struct late *items;
    size_t count;
};

struct with_part {
    bool first;
    struct late part;
};

struct with_parts {
    struct lates parts;
};

struct bits {
    int64_t cents;
    bool done;
    unsigned forgotten : 3;
};

extern const struct jangle_message late;
JANGLE_EVENT(late, cents, done);
static JANGLE_EVENT(early, cents, done);
static JANGLE_STRUCT(middle, done, cents);
static JANGLE_STRUCT(in_padding_of_an_optional, first, second);
static JANGLE_STRUCT(with_part, first, nested(part, late));
static JANGLE_STRUCT(with_parts, list(parts, late));
static JANGLE_STRUCT(bits, cents, done);

/* A compiler that cannot tell padding finds none of these. */
static void expect_seen(const struct jangle_message *type, const char *sentence)
{
    if (JANGLE_SEES_PADDING)
        expect_refused(type, sentence);
    else
        expect_fine(type);
}

static void a_member_where_padding_could_be_is_found(void **state)
{
    (void)state;
    expect_seen(&late, "late: something lies behind done that is not described");
    expect_seen(&early, "early: something lies before cents that is not described");
    expect_seen(&middle,
                "middle: something lies between done and cents that is not described");
    expect_seen(&bits, "bits: something lies behind done that is not described");
    expect_seen(&in_padding_of_an_optional,
                "in_padding_of_an_optional: something lies between first and second that "
                "is not described");
}

static void so_is_one_of_a_nested_struct_and_of_a_lists_items(void **state)
{
    (void)state;
    expect_seen(&with_part, "late: something lies behind done that is not described");
    expect_seen(&with_parts, "late: something lies behind done that is not described");
}

/* What is described by data alone is looked at as the widths of padding allow. */
static void a_description_made_by_hand_is_checked_by_widths(void **state)
{
    struct jangle_message type = late;

    (void)state;
    type.holds = NULL;
    expect_fine(&type);
}

static void a_gap_in_what_is_nested_is_found(void **state)
{
    struct jangle_message inner = full_of(FIELDS(FIELD(a, INT), FIELD(d, BOOL)));
    struct jangle_message type = outer;

    (void)state;
    type.fields = FIELDS({"g", offsetof(struct outer, g), JANGLE_KIND_NESTED, &inner});
    expect_refused(&type, "full: something lies between a and d that is not described");
    type.fields = FIELDS({"items", 0, JANGLE_KIND_LIST, &inner});
    expect_refused(&type, "full: something lies between a and d that is not described");
}

static void a_member_listed_twice_is_named(void **state)
{
    struct jangle_message type =
        full_of(FIELDS(FIELD(a, INT), FIELD(b, BOOL), FIELD(a, INT)));

    (void)state;
    expect_refused(&type, "full: a is listed twice");
    type = full_of(FIELDS(FIELD(a, INT), {"alias", 0, JANGLE_KIND_INT, NULL}));
    expect_refused(&type, "full: a and alias overlap");
    type = full_of(FIELDS(FIELD(a, INT), FIELD(b, BOOL), FIELD(c, INT), FIELD(d, BOOL),
                          FIELD(e, BOOL),
                          {"far", sizeof(struct full), JANGLE_KIND_INT, NULL}));
    expect_refused(&type, "full: far ends behind the struct");
    type = full_of(FIELDS({"odd", 1, JANGLE_KIND_INT, NULL}));
    expect_refused(&type, "full.odd: is not aligned");
}

/* ---- names ------------------------------------------------------------------- */

static void a_bad_name_is_refused(void **state)
{
    static const struct {
        const char *name, *sentence;
    } cases[] = {
        {"", "a message has no name"},
        {"a b", "a b: a name with a space, control, quote or slash"},
        {"a\"b", "a\"b: a name with a space, control, quote or slash"},
        {"a/b", "a/b: a name with a space, control, quote or slash"},
        {"a\\b", "a\\b: a name with a space, control, quote or slash"},
        {"a\nb", "a\\x0ab: a name with a space, control, quote or slash"},
        {"a\xff", "a\\xff: a name that is not UTF-8"},
    };
    struct jangle_message type = full;
    struct jangle_field fields[2] = {{"x", 0, JANGLE_KIND_TEXT, NULL}, {0}};
    char longest[202];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        type = full;
        type.name = cases[i].name;
        expect_refused(&type, cases[i].sentence);
        type.name = "full";
        type.stored_name = cases[i].name;
        expect_refused(&type, cases[i].sentence);
    }
    type.name = NULL;
    expect_refused(&type, "a message has no name");
    type.name = "full";
    memset(longest, 'n', sizeof longest);
    longest[200] = '\0';
    type.stored_name = longest;
    expect_fine(&type);
    longest[200] = 'n';
    longest[201] = '\0';
    assert_result(jn_type_check(&type, NULL), JANGLE_INVALID);
    type.stored_name =
        "Bank.Opened:v1-gr\xc3\xb6\xc3\x9f"
        "er";
    expect_fine(&type);

    type = (struct jangle_message){
        .name = "one", .size = sizeof(const char *), .fields = fields};
    expect_fine(&type);
    fields[0].name = "x\"y";
    expect_refused(&type, "x\"y: a name with a space, control, quote or slash");
}

/* ---- shapes ------------------------------------------------------------------ */

struct node;
struct nodes {
    struct node *items;
    size_t count;
};
struct node {
    struct nodes children;
};
struct twig;
struct twigs {
    struct twig *items;
    size_t count;
};
struct branch {
    struct twigs twigs;
};
struct branches {
    struct branch *items;
    size_t count;
};
struct twig {
    struct branches branches;
};

extern const struct jangle_message node, branch, twig;

JANGLE_STRUCT(node, list(children, node));
JANGLE_STRUCT(branch, list(twigs, twig));
JANGLE_STRUCT(twig, list(branches, branch));

static void a_type_that_contains_itself_is_refused(void **state)
{
    (void)state;
    expect_refused(&node, "node.children: node would contain itself");
    expect_refused(&branch, "twig.branches: branch would contain itself");
}

static void nesting_is_at_most_16_deep(void **state)
{
    struct jangle_message types[17];
    struct jangle_field fields[17][2];
    unsigned char hash[JN_HASH_SIZE];

    (void)state;
    memset(fields, 0, sizeof fields);
    for (size_t i = 0; i < 17; i++) {
        fields[i][0] =
            i ? (struct jangle_field){"x", 0, JANGLE_KIND_NESTED, &types[i - 1]}
              : (struct jangle_field){"x", 0, JANGLE_KIND_INT, NULL};
        types[i] = (struct jangle_message){
            .name = "deep", .size = sizeof(int64_t), .fields = fields[i]};
    }
    expect_fine(&types[15]);
    jn_type_hash(&types[15], hash);
    expect_refused(&types[16], "deep: nested deeper than 16");
}

static void members_are_from_1_to_32(void **state)
{
    struct jangle_field fields[34] = {{0}};
    struct jangle_message type = {.name = "many", .fields = fields};
    char names[33][8];

    (void)state;
    expect_refused(&type, "many: has no members, or more than 32");
    type.fields = NULL;
    expect_refused(&type, "many: has no members, or more than 32");
    type.fields = fields;
    for (size_t i = 0; i < 33; i++) {
        snprintf(names[i], sizeof names[i], "m%zu", i);
        fields[i] = (struct jangle_field){names[i], i * 8, JANGLE_KIND_INT, NULL};
        type.size = (i + 1) * 8;
        if (i < 32)
            expect_fine(&type);
        else
            expect_refused(&type, "many: has no members, or more than 32");
    }
}

static void a_kind_that_is_none_is_refused(void **state)
{
    struct jangle_field fields[2] = {{"x", 0, JANGLE_KIND_END, NULL}, {0}};
    struct jangle_message type = {.name = "odd", .size = 8, .fields = fields};

    (void)state;
    expect_refused(&type, "odd.x: is of no kind that there is");
    fields[0].kind = (enum jangle_kind)99;
    expect_refused(&type, "odd.x: is of no kind that there is");
    fields[0].kind = JANGLE_KIND_NESTED;
    expect_refused(&type, "odd.x: is of no kind that there is");
    fields[0] = (struct jangle_field){"x", 0, JANGLE_KIND_INT, &full};
    expect_refused(&type, "odd.x: is of no kind that there is");
    fields[0].type = NULL;
    expect_fine(&type);
    type.version = -1;
    expect_refused(&type, "odd: version -1 is not 1 or more");
}

static void roles_have_rules(void **state)
{
    struct jangle_message type = full;

    (void)state;
    type.role = JANGLE_ROLE_COMMAND;
    expect_refused(&type, "full: a command starts with the id of its aggregate");
    type.stream = "one";
    expect_fine(&type);
    type.stream = "";
    expect_refused(&type, "full: its aggregate has no id");
    type = full;
    type.role = JANGLE_ROLE_QUERY;
    expect_fine(&type);
    type.answer = &outer;
    expect_fine(&type);
    type.answer = &node;
    expect_refused(&type, "node.children: node would contain itself");
    type.answer = &outer;
    type.role = JANGLE_ROLE_EVENT;
    expect_refused(&type, "full: only a query is answered, and with a JANGLE_STRUCT");
    type.role = JANGLE_ROLE_QUERY;
    type.answer = &type;
    expect_refused(&type, "full: only a query is answered, and with a JANGLE_STRUCT");
}

static void a_name_and_version_have_defaults(void **state)
{
    struct jangle_message type = full;

    (void)state;
    assert_string_equal(jn_type_name(&type), "full");
    assert_int_equal(jn_type_version(&type), 1);
    type.stored_name = "old";
    type.version = 3;
    assert_string_equal(jn_type_name(&type), "old");
    assert_int_equal(jn_type_version(&type), 3);
}

/* ---- hash -------------------------------------------------------------------- */

static bool same_hash(const struct jangle_message *type,
                      const struct jangle_message *other)
{
    unsigned char hash[JN_HASH_SIZE], other_hash[JN_HASH_SIZE];

    jn_type_hash(type, hash);
    jn_type_hash(other, other_hash);
    return memcmp(hash, other_hash, sizeof hash) == 0;
}

static void the_hash_changes_when_the_stored_form_does(void **state)
{
    struct jangle_field fields[] = {{"f", 0, JANGLE_KIND_BOOL, NULL},
                                    {"g", 8, JANGLE_KIND_NESTED, &full},
                                    {"h", 40, JANGLE_KIND_BOOL, NULL},
                                    {0}};
    struct jangle_field inner[6];
    struct jangle_message type = outer, nested = full;

    (void)state;
    type.fields = fields;
    assert_true(same_hash(&outer, &type));
    type.name = "another";
    fields[2].offset = 48;
    assert_true(same_hash(&outer, &type));

    fields[2].name = "H";
    assert_false(same_hash(&outer, &type));
    fields[2].name = "h";
    fields[2].kind = JANGLE_KIND_OPTIONAL_BOOL;
    assert_false(same_hash(&outer, &type));
    fields[2].kind = JANGLE_KIND_BOOL;
    fields[1].kind = JANGLE_KIND_LIST;
    assert_false(same_hash(&outer, &type));
    fields[1].kind = JANGLE_KIND_NESTED;
    assert_true(same_hash(&outer, &type));

    memcpy(inner, full.fields, sizeof inner);
    nested.fields = inner;
    fields[1].type = &nested;
    assert_true(same_hash(&outer, &type));
    inner[4].kind = JANGLE_KIND_INT;
    assert_false(same_hash(&outer, &type));
    inner[4].kind = JANGLE_KIND_BOOL;
    fields[2].name = NULL;
    assert_false(same_hash(&outer, &type));
}

static void the_hash_knows_the_order(void **state)
{
    struct jangle_message type = full_of(FIELDS(FIELD(a, INT), FIELD(c, INT)));
    struct jangle_message other = full_of(FIELDS(FIELD(c, INT), FIELD(a, INT)));

    (void)state;
    assert_false(same_hash(&type, &other));
}

/* ---- copy and compare -------------------------------------------------------- */

static void expect_difference(const struct sample *value,
                              const struct sample *other,
                              const char *path,
                              const char *left,
                              const char *right)
{
    struct jn_difference difference;

    assert_false(jn_type_equal(&sample, value, other, NULL));
    assert_false(jn_type_equal(&sample, value, other, &difference));
    assert_string_equal(difference.path, path);
    assert_string_equal(difference.left, left);
    assert_string_equal(difference.right, right);
}

static void a_difference_says_where_and_what(void **state)
{
    struct tag tags[] = {{"a", {0}}, {"b", {0}}}, others[] = {{"a", {0}}, {"c", {0}}};
    struct box boxes[] = {{.number = 1}, {.tags = {tags, 2}}};
    struct box other_boxes[] = {{.number = 1}, {.tags = {others, 2}}};
    struct sample value = {.boxes = {boxes, 2}}, other = {.boxes = {other_boxes, 2}};

    (void)state;
    expect_difference(&value, &other, "boxes[1].tags[1].name", "\"b\"", "\"c\"");
    other_boxes[1].tags.count = 1;
    expect_difference(&value, &other, "boxes[1].tags", "2 items", "1 items");
    expect_difference(&other, &value, "boxes[1].tags", "1 items", "2 items");
    other = value;
    assert_true(jn_type_equal(&sample, &value, &other, NULL));
    other.yes = true;
    expect_difference(&value, &other, "yes", "false", "true");
    other = value;
    other.whole = -7;
    expect_difference(&value, &other, "whole", "0", "-7");
    other = value;
    other.real = 0.5;
    expect_difference(&value, &other, "real", "0.0", "0.5");
    other = value;
    other.at.us = 9;
    expect_difference(&value, &other, "at", "0 us", "9 us");
    other = value;
    other.maybe_real.given = true;
    expect_difference(&value, &other, "maybe_real", "absent", "0.0");
    other = value;
    other.json.text = "[]";
    expect_difference(&value, &other, "json", "NULL", "\"[]\"");
    other = value;
    other.tag.name = "x\ny";
    expect_difference(&value, &other, "tag.name", "NULL", "\"x\\x0ay\"");
}

static void what_means_the_same_is_equal(void **state)
{
    struct sample value = {.id = "", .json = {"null"}, .real = NAN, .tag.name = NULL};
    struct sample other = {.id = NULL, .json = {NULL}, .real = -NAN, .tag.name = ""};

    (void)state;
    value.maybe_whole.value = 1;
    other.maybe_whole.value = 2;
    assert_true(jn_type_equal(&sample, &value, &other, NULL));
    value.real = 0.0;
    other.real = -0.0;
    assert_true(jn_type_equal(&sample, &value, &other, NULL));
}

static bool is_elsewhere(const struct jangle_arena *arena, const void *memory)
{
    return !jn_arena_holds(arena, memory);
}

/* Does none of its pointers lead into the arena? */
static bool avoids(const struct sample *value,
                   const struct jangle_arena *arena,
                   char path[JN_PATH_SIZE])
{
    return jn_type_points(&sample, value, is_elsewhere, arena, path);
}

static void a_copy_owns_all_it_points_to(void **state)
{
    struct failing_allocator memory;
    struct jangle_arena arena, target;
    struct tag tags[] = {{"a", {0}}};
    struct box boxes[] = {{.tags = {tags, 1}}};
    struct sample value = {.boxes = {boxes, 1}}, copy;
    char path[JN_PATH_SIZE];

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    jn_arena_init(&target, &memory.allocator);
    value.id = jangle_text(&arena, "%s", "id");
    value.json.text = jangle_text(&arena, "%s", "[1]");
    value.maybe_text = (jangle_optional_text){false, jangle_text(&arena, "%s", "stale")};
    tags[0].name = jangle_text(&arena, "%s", "deep");
    boxes[0].tags.items = jn_arena_copy(&arena, tags, sizeof tags);
    value.boxes.items = jn_arena_copy(&arena, boxes, sizeof boxes);
    value.boxes.items[0].tags.items[0].name = "static";

    assert_result(jn_type_copy(&target, &sample, &copy, &value), JANGLE_OK);
    assert_true(jn_type_equal(&sample, &value, &copy, NULL));
    assert_true(avoids(&copy, &arena, path));
    assert_null(copy.maybe_text.value);
    assert_null(copy.tag.name);
    assert_int_equal(target.used, jn_type_weight(&sample, &value));

    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "id");
    jn_arena_finish(&target);
    jn_arena_finish(&arena);
}

static void a_stray_pointer_is_named(void **state)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct tag tags[] = {{"a", {0}}, {"b", {0}}};
    struct box boxes[] = {{.number = 1}, {.tags = {tags, 2}}};
    struct sample value = {.id = "x", .boxes = {boxes, 2}};
    char path[JN_PATH_SIZE];

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    assert_true(avoids(&value, &arena, path));
    tags[1].name = jangle_text(&arena, "%s", "here");
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "boxes[1].tags[1].name");
    value.boxes.items = jn_arena_copy(&arena, boxes, sizeof boxes);
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "boxes");
    value.tag.name = tags[1].name;
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "tag.name");
    value.tag.name = NULL;
    value.maybe_text = (jangle_optional_text){false, tags[1].name};
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "boxes");
    value.maybe_text.given = true;
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "maybe_text");
    value.json.text = tags[1].name;
    assert_false(avoids(&value, &arena, path));
    assert_string_equal(path, "json");
    jn_arena_finish(&arena);
}

static void a_copy_without_memory_says_so(void **state)
{
    struct tag tags[] = {{"a", {0}}, {"b", {0}}};
    struct box boxes[] = {{.number = 1}, {.tags = {tags, 2}}};
    struct sample value = {.id = "x", .boxes = {boxes, 2}};
    enum jangle_result result = JANGLE_NO_MEMORY;
    int64_t at;

    (void)state;
    for (at = 1; result; at++) {
        struct failing_allocator memory;
        struct jangle_arena arena;
        struct sample copy;
        char large[5000];

        memset(large, 'x', sizeof large);
        large[sizeof large - 1] = '\0';
        value.tag.name = value.json.text = large;
        failing_allocator_init(&memory, at);
        jn_arena_init(&arena, &memory.allocator);
        result = jn_type_copy(&arena, &sample, &copy, &value);
        assert_result(result, memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        jn_arena_finish(&arena);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(at > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_explains_small_gaps_in_any_order),
        cmocka_unit_test(a_gap_names_its_neighbours),
        cmocka_unit_test(a_gap_of_just_one_member_is_found),
        cmocka_unit_test(a_member_where_padding_could_be_is_found),
        cmocka_unit_test(so_is_one_of_a_nested_struct_and_of_a_lists_items),
        cmocka_unit_test(a_description_made_by_hand_is_checked_by_widths),
        cmocka_unit_test(a_gap_in_what_is_nested_is_found),
        cmocka_unit_test(a_member_listed_twice_is_named),
        cmocka_unit_test(a_bad_name_is_refused),
        cmocka_unit_test(a_type_that_contains_itself_is_refused),
        cmocka_unit_test(nesting_is_at_most_16_deep),
        cmocka_unit_test(members_are_from_1_to_32),
        cmocka_unit_test(a_kind_that_is_none_is_refused),
        cmocka_unit_test(roles_have_rules),
        cmocka_unit_test(a_name_and_version_have_defaults),
        cmocka_unit_test(the_hash_changes_when_the_stored_form_does),
        cmocka_unit_test(the_hash_knows_the_order),
        cmocka_unit_test(a_difference_says_where_and_what),
        cmocka_unit_test(what_means_the_same_is_equal),
        cmocka_unit_test(a_copy_owns_all_it_points_to),
        cmocka_unit_test(a_stray_pointer_is_named),
        cmocka_unit_test(a_copy_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
