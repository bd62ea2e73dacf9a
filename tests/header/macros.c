/* macros.c - the macros make the tables they promise. Links no library. */
#include "tables.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

struct local {
    const char *id;
    jangle_optional_int amount;
};

static JANGLE_EVENT(local, id, amount);

/* Tables in the static tables of another unit. */
static const struct jangle_message *const known[] = {&everything, &many, &words, NULL};

/* The engine's ends of the macros, as thin as can be. */
static const struct jangle_message *sent_type;
static struct everything sent;
static char bound_text[200];
static _Alignas(max_align_t) unsigned char memory[4096];
static size_t memory_used;

enum jangle_result jangle_send_(struct jangle *jangle,
                                struct jangle_outcome *outcome,
                                const struct jangle_envelope *envelope,
                                const struct jangle_message *type,
                                const void *data)
{
    (void)jangle, (void)outcome, (void)envelope;
    sent_type = type;
    memcpy(&sent, data, sizeof sent);
    return JANGLE_OK;
}

enum jangle_result jangle_view_run_(struct jangle_view *view,
                                    const struct jangle_value *values)
{
    char *end = bound_text;

    (void)view;
    for (; values->kind != JANGLE_KIND_END; values++) {
        size_t left = sizeof bound_text - (size_t)(end - bound_text);

        end += values->kind == JANGLE_KIND_TEXT
                   ? snprintf(end, left, "%s|", values->text ? values->text : "NULL")
               : values->kind == JANGLE_KIND_REAL
                   ? snprintf(end, left, "%g|", values->real)
                   : snprintf(end, left, "%lld|", (long long)values->integer);
    }
    return JANGLE_OK;
}

enum jangle_result jangle_view_list_(struct jangle_view *view,
                                     const struct jangle_message *type,
                                     void *list,
                                     const struct jangle_value *values)
{
    static struct part found[] = {{"a", 1}, {"b", 2}};
    struct jangle_list read = {found, 2};

    assert_true(type == &part);
    memcpy(list, &read, sizeof read);
    return jangle_view_run_(view, values);
}

static const void *answered;

enum jangle_result jangle_answer_with_(struct jangle_answer *answer,
                                       const struct jangle_message *type,
                                       const void *data)
{
    (void)answer;
    assert_true(type == &part);
    answered = data;
    return JANGLE_OK;
}

enum jangle_result jangle_answer_row_(struct jangle_answer *answer,
                                      struct jangle_view *view,
                                      const struct jangle_value *values)
{
    (void)answer;
    return jangle_view_run_(view, values);
}

void *
jangle_list_add_(struct jangle_arena *arena, void *list, size_t size, const void *item)
{
    struct jangle_list read;
    unsigned char *items = memory + memory_used;

    (void)arena;
    memcpy(&read, list, sizeof read);
    if (read.count)
        memcpy(items, read.items, read.count * size);
    memcpy(items + read.count * size, item, size);
    memory_used += (read.count + 1) * size;
    read.items = items;
    read.count++;
    memcpy(list, &read, sizeof read);
    return items + (read.count - 1) * size;
}

bool jangle_check_int_(struct jangle_check *check,
                       const char *member,
                       int64_t value,
                       int64_t low,
                       int64_t high)
{
    (void)check;
    assert_true(strcmp(member, "whole") == 0);
    return value >= low && value <= high;
}

bool jangle_check_optional_int_(struct jangle_check *check,
                                const char *member,
                                jangle_optional_int value,
                                int64_t low,
                                int64_t high)
{
    (void)check;
    assert_true(strcmp(member, "optional_int") == 0);
    return !value.given || (value.value >= low && value.value <= high);
}

void check_everything(struct jangle_check *check, const void *message)
{
    const struct everything *all = message;

    assert_true(jangle_check_range(check, all, whole, 1, 7));
    assert_true(jangle_check_range(check, all, optional_int, 10, 20));
}

static const struct jangle_field *field(const struct jangle_message *type,
                                        const char *name)
{
    const struct jangle_field *found = type->fields;

    while (found->name && strcmp(found->name, name) != 0)
        found++;
    return found;
}

static void tables_describe(void **state)
{
    static const enum jangle_kind kinds[] = {
        JANGLE_KIND_TEXT,          JANGLE_KIND_BOOL,
        JANGLE_KIND_INT,           JANGLE_KIND_REAL,
        JANGLE_KIND_TIME,          JANGLE_KIND_JSON,
        JANGLE_KIND_OPTIONAL_BOOL, JANGLE_KIND_OPTIONAL_INT,
        JANGLE_KIND_OPTIONAL_REAL, JANGLE_KIND_OPTIONAL_TEXT,
        JANGLE_KIND_OPTIONAL_TIME, JANGLE_KIND_NESTED,
        JANGLE_KIND_LIST,          JANGLE_KIND_END};
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_true(everything.fields[i].kind == kinds[i]);
    assert_true(strcmp(everything.name, "everything") == 0);
    assert_true(strcmp(everything.stored_name, "all_of_it") == 0);
    assert_true(everything.version == 3 && everything.check == check_everything);
    assert_true(everything.role == JANGLE_ROLE_COMMAND && !everything.stream);
    assert_true(everything.size == sizeof(struct everything));
    assert_true(field(&everything, "parts")->type == &part);
    assert_true(field(&everything, "parts")->offset ==
                offsetof(struct everything, parts));
    assert_true(field(&everything, "part")->type == &part);
    assert_true(field(&everything, "whole")->type == NULL);

    while (many.fields[count].name) {
        assert_true(many.fields[count].offset == count * sizeof(int64_t));
        count++;
    }
    assert_true(count == 32 && strcmp(many.fields[31].name, "m32") == 0);
    assert_true(many.version == 2 && many.check == check_everything);

    assert_true(words.version == 0 && !words.check && !words.answer &&
                !words.stored_name);
    assert_true(field(&words, "version")->kind == JANGLE_KIND_INT);
    assert_true(strcmp(fixed.stream, "one") == 0 && only_id.fields[1].name == NULL);
    assert_true(question.answer == &everything && question.role == JANGLE_ROLE_QUERY);
    assert_true(strcmp(local.name, "local") == 0 && local.fields[2].name == NULL);
    assert_true(known[1] == &many);
}

static void upserts_describe(void **state)
{
    static const enum jangle_rule rules[] = {JANGLE_RULE_KEY,        JANGLE_RULE_SET,
                                             JANGLE_RULE_IF_NEWER,   JANGLE_RULE_VERSION,
                                             JANGLE_RULE_IF_GREATER, JANGLE_RULE_NONE};

    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        assert_true(row.columns[i].rule == rules[i]);
    assert_true(strcmp(row.columns[2].version, "balance_version") == 0);
    assert_true(row.columns[2].field.offset == offsetof(struct row, balance));
    assert_true(row.columns[4].field.kind == JANGLE_KIND_OPTIONAL_INT);
    assert_true(strcmp(row.table, "rows") == 0);
}

static void calls_read_as_sentences(void **state)
{
    struct part two[] = {{"nail", 1}, {"hammer", 500}};
    struct parts parts = {0};
    struct jangle_outcome outcome;
    const char *id = "000001";
    jangle_optional_text absent = {0};

    (void)state;
    jangle_send(NULL, &outcome, everything, .id = "e", .whole = 7,
                .optional_int = {true, 15}, .part = {"nail", 1}, .parts = {two, 2});
    assert_true(sent_type == &everything && sent.whole == 7 && sent.parts.count == 2);
    everything.check(NULL, &sent);

    jangle_view_run(NULL, "DELETE FROM rows");
    assert_true(strcmp(bound_text, "DELETE FROM rows|") == 0);
    jangle_view_run(NULL, "UPDATE", id, 5, sent.whole, 2.5, true, absent,
                    sent.optional_int, (jangle_time){9});
    assert_true(strcmp(bound_text, "UPDATE|000001|5|7|2.5|1|NULL|15|9|") == 0);

    jangle_view_list(NULL, &parts, part, "SELECT", id);
    assert_true(parts.count == 2 && parts.items[1].weight == 2);

    jangle_answer_from(NULL, part, &two[1]);
    assert_true(answered == &two[1]);
    jangle_answer_row(NULL, NULL, "SELECT ?", 5);
    assert_true(strcmp(bound_text, "SELECT ?|5|") == 0);

    parts = (struct parts){0};
    jangle_list_add(NULL, &parts, part, .name = "a", .weight = 1);
    assert_true(jangle_list_add(NULL, &parts, part, .name = "b")->name[0] == 'b');
    assert_true(parts.count == 2 && parts.items[0].weight == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_describe),
        cmocka_unit_test(upserts_describe),
        cmocka_unit_test(calls_read_as_sentences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
