/* upsert.c - the description of an upsert that cannot be right is refused, and a member
 * that was left out of it is found. */
#include <jangle/plugin/support.h>
#include <jangle/view.h>

#include "support/test.h"

#include <string.h>

static void expect(const struct jangle_upsert *upsert, const char *sentence)
{
    struct jangle_error error = {0};

    assert_result(jn_upsert_check(upsert, &error),
                  *sentence ? JANGLE_INVALID : JANGLE_OK);
    assert_string_equal(error.message, sentence);
}

/* ---- what is left out -------------------------------------------------------- */

struct whole {
    const char *account_id;
    jangle_optional_bool is_open;
    int64_t balance;
    int64_t balance_version;
    bool deleted;
};

struct wide {
    const char *account_id;
    int64_t forgotten;
    int64_t balance;
};

struct narrow {
    const char *account_id;
    bool deleted;
    bool forgotten;
};

extern const struct jangle_upsert narrow;
static JANGLE_UPSERT(whole,
                     "accounts",
                     key(account_id),
                     if_greater(deleted),
                     if_newer(balance, balance_version),
                     set(is_open));
static JANGLE_UPSERT(wide, "accounts", key(account_id), set(balance));
JANGLE_UPSERT(narrow, "accounts", key(account_id), if_greater(deleted));

static void every_member_described_in_any_order_is_fine(void **state)
{
    (void)state;
    expect(&whole, "");
}

static void a_member_that_was_left_out_is_found(void **state)
{
    (void)state;
    expect(&wide,
           "wide: something lies between account_id and balance that is not described");
    expect(&narrow, JANGLE_SEES_PADDING
                        ? "narrow: something lies behind deleted that is not described"
                        : "");
}

/* ---- what data can say, and the macro cannot --------------------------------- */

static void what_cannot_be_an_upsert_is_refused(void **state)
{
    struct jangle_column columns[] = {
        {{"k", 0, JANGLE_KIND_TEXT, NULL}, JANGLE_RULE_KEY, NULL},
        {{"v", 8, JANGLE_KIND_INT, NULL}, JANGLE_RULE_SET, NULL},
        {{0}, JANGLE_RULE_NONE, NULL}};
    struct jangle_upsert upsert = {"put", "rows", columns, 16, NULL};

    (void)state;
    expect(&upsert, "");
    columns[1].field.kind = JANGLE_KIND_LIST;
    expect(&upsert, "put.v: a column cannot hold a struct or a list");
    columns[1].field.kind = JANGLE_KIND_INT;
    columns[1].field.name = "";
    expect(&upsert, "put: column 1 has no name");
    columns[1].field.name = "v";
    columns[1].field.offset = 16;
    expect(&upsert, "put: v ends behind the struct");
    upsert.size = 0; /* not known */
    expect(&upsert, "");
    upsert.table = "";
    expect(&upsert, "put: has no table");
    upsert.table = "rows";
    upsert.columns = &columns[2];
    expect(&upsert, "put: has no columns, or more than 72");
    upsert.columns = NULL;
    expect(&upsert, "put: has no columns, or more than 72");
    upsert.name = NULL;
    expect(&upsert, "an upsert has no name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_described_in_any_order_is_fine),
        cmocka_unit_test(a_member_that_was_left_out_is_found),
        cmocka_unit_test(what_cannot_be_an_upsert_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
