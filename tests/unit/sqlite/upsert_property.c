/* upsert_property.c - any permutation, with any repetition, of a set of upserts gives the
 * rows that the rules say: random tables, random upserts of them, random calls.
 *
 * The seed is printed; set it to run those cases again. The calls are order-proof as the
 * rules ask: what is `set` follows from the key, and the same version comes with the same
 * value. What must come out is worked out here, apart. */
#include "contract/view/world.h"
#include "support/effort.h"
#include "support/samples.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { CASES = 3000, COLUMNS_MAX = 9, UPSERTS = 4, CALLS_MAX = 14, ROWS_MAX = 9 };

/* SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). */
static uint64_t seed;

static uint64_t draw(void)
{
    uint64_t mixed = seed += 0x9e3779b97f4a7c15U;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
}

static int below(int limit)
{
    return (int)(draw() % (uint64_t)limit);
}

/* ---- values: few, so that they meet ------------------------------------------ */

/* A small number that is shown by each kind in its own way, in the same order. */
enum { ABSENT = -1000 };

union slot {
    bool truth;
    int64_t whole;
    double real;
    const char *text;
    jangle_time at;
    jangle_optional_bool optional_truth;
    jangle_optional_int optional_whole;
    jangle_optional_real optional_real;
    jangle_optional_text optional_text;
    jangle_optional_time optional_at;
};

static const char *const words[] = {"", "10", "9", "A", "a", "aa", "b", "\xc3\xa4"};

static void fill(union slot *slot, enum jangle_kind kind, int value)
{
    bool given = value != ABSENT;

    memset(slot, 0xa5, sizeof *slot);
    switch (kind) {
    case JANGLE_KIND_BOOL:
        slot->truth = value % 2;
        break;
    case JANGLE_KIND_INT:
        slot->whole = value;
        break;
    case JANGLE_KIND_REAL:
        slot->real = value / 4.0;
        break;
    case JANGLE_KIND_TEXT:
        slot->text = given ? words[value] : NULL;
        break;
    case JANGLE_KIND_TIME:
        slot->at.us = value;
        break;
    case JANGLE_KIND_OPTIONAL_BOOL:
        slot->optional_truth = (jangle_optional_bool){given, value % 2};
        break;
    case JANGLE_KIND_OPTIONAL_INT:
        slot->optional_whole = (jangle_optional_int){given, value};
        break;
    case JANGLE_KIND_OPTIONAL_REAL:
        slot->optional_real = (jangle_optional_real){given, value / 4.0};
        break;
    case JANGLE_KIND_OPTIONAL_TEXT:
        slot->optional_text = (jangle_optional_text){given, given ? words[value] : NULL};
        break;
    default:
        slot->optional_at = (jangle_optional_time){given, {value}};
    }
}

static const enum jangle_kind needed[] = {JANGLE_KIND_BOOL, JANGLE_KIND_INT,
                                          JANGLE_KIND_REAL, JANGLE_KIND_TEXT,
                                          JANGLE_KIND_TIME};

/* An optional of the same kind: one upsert may say what another need not. */
static enum jangle_kind optional_of(enum jangle_kind kind)
{
    static const enum jangle_kind optionals[] = {
        [JANGLE_KIND_BOOL] = JANGLE_KIND_OPTIONAL_BOOL,
        [JANGLE_KIND_INT] = JANGLE_KIND_OPTIONAL_INT,
        [JANGLE_KIND_REAL] = JANGLE_KIND_OPTIONAL_REAL,
        [JANGLE_KIND_TEXT] = JANGLE_KIND_OPTIONAL_TEXT,
        [JANGLE_KIND_TIME] = JANGLE_KIND_OPTIONAL_TIME,
    };

    return optionals[kind];
}

static bool may_be_absent(enum jangle_kind kind)
{
    return kind == JANGLE_KIND_TEXT || kind >= JANGLE_KIND_OPTIONAL_BOOL;
}

static int any_value(enum jangle_kind kind)
{
    return kind == JANGLE_KIND_BOOL ? below(2) : below(8);
}

static void show(sqlite3_str *text, enum jangle_kind kind, int value)
{
    if (value == ABSENT)
        sqlite3_str_appendf(text, "NULL ");
    else if (kind == JANGLE_KIND_TEXT)
        sqlite3_str_appendf(text, "'%s' ", words[value]);
    else if (kind == JANGLE_KIND_REAL)
        sqlite3_str_appendf(text, "%!.15g ", value / 4.0);
    else
        sqlite3_str_appendf(text, "%d ", value);
}

/* ---- a table, the upserts of it, and calls of them --------------------------- */

struct table {
    int columns, keys;
    enum jangle_rule rules[COLUMNS_MAX];
    enum jangle_kind kinds[COLUMNS_MAX]; /* not optional */
    char names[COLUMNS_MAX][8];
    char version_names[COLUMNS_MAX][8];
    uint64_t salt; /* of the values that follow from a key */
};

struct shaped {
    struct jangle_column columns[COLUMNS_MAX + 1];
    struct jangle_upsert upsert;
    int source[COLUMNS_MAX]; /* the table's column */
};

struct call {
    const struct shaped *shaped;
    int values[COLUMNS_MAX]; /* by the table's columns */
};

static void make_table(struct table *table)
{
    *table = (struct table){.keys = 1 + below(2), .salt = draw()};
    table->columns = table->keys;
    for (int i = 0; i < table->keys; i++)
        table->rules[i] = JANGLE_RULE_KEY;
    for (int more = below(5); more > 0 && table->columns < COLUMNS_MAX - 1; more--) {
        static const enum jangle_rule rules[] = {JANGLE_RULE_SET, JANGLE_RULE_IF_NEWER,
                                                 JANGLE_RULE_IF_GREATER};
        enum jangle_rule rule = rules[below(3)];

        table->rules[table->columns++] = rule;
        if (rule == JANGLE_RULE_IF_NEWER)
            table->rules[table->columns++] = JANGLE_RULE_VERSION;
    }
    for (int i = 0; i < table->columns; i++) {
        table->kinds[i] = needed[below(5)];
        snprintf(table->names[i], sizeof table->names[i], "c%d", i);
        if (table->rules[i] == JANGLE_RULE_IF_NEWER)
            snprintf(table->version_names[i], sizeof table->version_names[i], "c%d",
                     i + 1);
    }
}

static char *write_schema(const struct table *table)
{
    static const char *const types[] = {
        [JANGLE_KIND_BOOL] = "INTEGER", [JANGLE_KIND_INT] = "INTEGER",
        [JANGLE_KIND_REAL] = "REAL",    [JANGLE_KIND_TEXT] = "TEXT",
        [JANGLE_KIND_TIME] = "INTEGER",
    };
    sqlite3_str *schema = sqlite3_str_new(NULL);
    bool strict = below(2), rowid = below(2);

    sqlite3_str_appendf(schema, "CREATE TABLE t (");
    for (int i = 0; i < table->columns; i++)
        sqlite3_str_appendf(schema, "%s %s%s, ", table->names[i], types[table->kinds[i]],
                            i >= table->keys && below(8) == 0 ? " COLLATE NOCASE" : "");
    sqlite3_str_appendf(schema, "PRIMARY KEY (c0%s))", table->keys > 1 ? ", c1" : "");
    sqlite3_str_appendf(schema, "%s%s%s", strict ? "STRICT" : "",
                        strict && !rowid ? ", " : "", rowid ? "" : "WITHOUT ROWID");
    return sqlite3_str_finish(schema);
}

/* The keys, and some of the others; each may be an optional here. */
static void make_upsert(struct shaped *shaped, const struct table *table)
{
    int count = 0;

    memset(shaped, 0, sizeof *shaped);
    for (int i = 0; i < table->columns; i++) {
        struct jangle_column *column = &shaped->columns[count];
        bool is_version = table->rules[i] == JANGLE_RULE_VERSION;

        if (is_version ? !count || shaped->source[count - 1] != i - 1
                       : i >= table->keys && below(4) == 0)
            continue;
        column->field.name = table->names[i];
        column->field.offset = (size_t)i * sizeof(union slot);
        column->field.kind =
            i >= table->keys && below(2) ? optional_of(table->kinds[i]) : table->kinds[i];
        column->rule = table->rules[i];
        if (column->rule == JANGLE_RULE_IF_NEWER)
            column->version = table->version_names[i];
        shaped->source[count++] = i;
    }
    shaped->upsert = (struct jangle_upsert){
        .name = "shaped", .table = "t", .columns = shaped->columns};
}

/* A value that is the same whenever these are. */
static int follow(const struct table *table, const int *keys, int column, int version)
{
    uint64_t kept = seed;
    int value;

    seed = table->salt + (uint64_t)(column * 1000 + version);
    for (int i = 0; i < table->keys; i++)
        seed = draw() + (uint64_t)keys[i];
    value = any_value(table->kinds[column]);
    seed = kept;
    return value;
}

static void make_call(struct call *call, const struct table *table, struct shaped *from)
{
    call->shaped = from;
    for (int i = 0; i < COLUMNS_MAX; i++)
        call->values[i] = ABSENT;
    for (int i = 0; from->columns[i].rule; i++) {
        int column = from->source[i];
        bool absent = may_be_absent(from->columns[i].field.kind) &&
                      column >= table->keys && below(3) == 0;

        if (from->columns[i].rule == JANGLE_RULE_KEY)
            call->values[column] =
                table->kinds[column] == JANGLE_KIND_BOOL ? below(2) : below(3);
        else if (!absent && from->columns[i].rule == JANGLE_RULE_SET)
            call->values[column] = follow(table, call->values, column, 0);
        else if (!absent)
            call->values[column] = any_value(table->kinds[column]);
    }
    for (int i = 0; from->columns[i].rule; i++) {
        int column = from->source[i];

        /* Whether it is there is drawn; what it is follows from its version. */
        if (from->columns[i].rule == JANGLE_RULE_IF_NEWER &&
            call->values[column] != ABSENT)
            call->values[column] =
                follow(table, call->values, column, call->values[column + 1]);
    }
}

static enum jangle_result run_call(struct jangle_view *view, const struct call *call)
{
    union slot slots[COLUMNS_MAX];
    const struct shaped *shaped = call->shaped;

    for (int i = 0; shaped->columns[i].rule; i++)
        fill(&slots[shaped->source[i]], shaped->columns[i].field.kind,
             call->values[shaped->source[i]]);
    return jangle_view_upsert_(view, &shaped->upsert, slots);
}

/* ---- what must come out ------------------------------------------------------ */

static bool same_key(const struct table *table, const int *left, const int *right)
{
    return memcmp(left, right, (size_t)table->keys * sizeof *left) == 0;
}

/* The value that the rules leave in a column, out of all calls for its row. */
static int outcome(const struct table *table,
                   const struct call *calls,
                   int count,
                   const int *keys,
                   int column)
{
    int best = ABSENT, version = ABSENT;

    for (int i = 0; i < count; i++) {
        const int *values = calls[i].values;
        bool newer = table->rules[column] == JANGLE_RULE_IF_NEWER ||
                     table->rules[column] == JANGLE_RULE_VERSION;
        int pair = table->rules[column] == JANGLE_RULE_VERSION ? column - 1 : column;

        if (!same_key(table, values, keys) || values[column] == ABSENT)
            continue;
        if (newer && (values[pair] == ABSENT || values[pair + 1] == ABSENT))
            continue;
        if (!newer)
            best = values[column] > best ? values[column] : best;
        else if (values[pair + 1] > version) {
            version = values[pair + 1];
            best = values[column];
        }
    }
    return best;
}

static int by_keys(const void *left, const void *right)
{
    return memcmp(left, right, 2 * sizeof(int));
}

static char *expect(const struct table *table, const struct call *calls, int count)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    int rows[ROWS_MAX][2], found = 0;

    for (int i = 0; i < count; i++) {
        int row = 0;

        while (row < found && !same_key(table, rows[row], calls[i].values))
            row++;
        if (row < found)
            continue;
        assert_true(found < ROWS_MAX);
        rows[found][0] = calls[i].values[0];
        rows[found][1] = table->keys > 1 ? calls[i].values[1] : 0;
        found++;
    }
    qsort(rows, (size_t)found, sizeof *rows, by_keys);
    for (int row = 0; row < found; row++) {
        for (int i = 0; i < table->columns; i++)
            show(text, table->kinds[i],
                 i < table->keys ? rows[row][i]
                                 : outcome(table, calls, count, rows[row], i));
        sqlite3_str_appendf(text, "\n");
    }
    return sqlite3_str_finish(text);
}

static char *found_in(sqlite3 *handle, const struct table *table)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(handle,
                                        table->keys > 1
                                            ? "SELECT * FROM t ORDER BY c0, c1"
                                            : "SELECT * FROM t ORDER BY c0",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            switch (sqlite3_column_type(statement, i)) {
            case SQLITE_NULL:
                sqlite3_str_appendf(text, "NULL ");
                break;
            case SQLITE_TEXT:
                sqlite3_str_appendf(text, "'%s' ", sqlite3_column_text(statement, i));
                break;
            case SQLITE_FLOAT:
                sqlite3_str_appendf(text, "%!.15g ", sqlite3_column_double(statement, i));
                break;
            default:
                sqlite3_str_appendf(text, "%lld ", sqlite3_column_int64(statement, i));
            }
        sqlite3_str_appendf(text, "\n");
    }
    sqlite3_finalize(statement);
    return sqlite3_str_finish(text);
}

/* ---- the property ------------------------------------------------------------ */

/* Each call once, and some again, in any order. */
static void run_shuffled(struct view_world *world, const struct call *calls, int count)
{
    int order[2 * CALLS_MAX], length = 0;

    for (int i = 0; i < count; i++)
        order[length++] = i;
    while (length < 2 * count && below(3))
        order[length++] = below(count);
    for (int i = length - 1; i > 0; i--) {
        int other = below(i + 1), kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }
    begin(world);
    enter(world, true);
    jangle_view_run(world->view, "DELETE FROM t");
    for (int i = 0; i < length; i++)
        if (run_call(world->view, &calls[order[i]]))
            break;
}

static void check_case(struct view_world *world, uint64_t from)
{
    struct table table;
    struct shaped upserts[UPSERTS];
    struct call calls[CALLS_MAX];
    int count = 1 + below(CALLS_MAX);
    char *schema, *expected;
    struct jangle_view_spec spec = world->spec;

    make_table(&table);
    schema = write_schema(&table);
    spec.schema = schema;
    if (world->views->ops->scratch(world->views, &spec, &world->file, &world->error))
        fail_msg("seed %llu: %s: %s", (unsigned long long)from, world->error.message,
                 schema);
    for (int i = 0; i < UPSERTS; i++)
        make_upsert(&upserts[i], &table);
    for (int i = 0; i < count; i++)
        make_call(&calls[i], &table, &upserts[below(UPSERTS)]);
    expected = expect(&table, calls, count);
    for (int round = 0; round < 3; round++) {
        char *found;

        run_shuffled(world, calls, count);
        found = found_in(jangle_view_sqlite(world->view), &table);
        if (leave(world, JANGLE_OK))
            fail_msg("seed %llu: %s: %s", (unsigned long long)from, world->error.message,
                     schema);
        world->file->ops->roll_back(world->file);
        if (strcmp(found ? found : "", expected ? expected : "") != 0)
            fail_msg("seed %llu: %s\ngave\n%sinstead of\n%s", (unsigned long long)from,
                     schema, found, expected);
        sqlite3_free(found);
    }
    sqlite3_free(expected);
    sqlite3_free(schema);
    world->file->ops->close_file(world->file);
    world->file = NULL;
}

static void neither_order_nor_repetition_matters(void **state)
{
    struct view_world *world = *state;
    uint64_t first = effort_seed(), cases = (uint64_t)effort_count(EFFORT_UPSERTS);

    world->file->ops->close_file(world->file);
    world->file = NULL;
    for (uint64_t i = 0; i < cases; i++) {
        seed = first + i;
        check_case(world, first + i);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(neither_order_nor_repetition_matters),
    };

    return view_world_run("upserts in any order", tests, sizeof tests / sizeof *tests,
                          &views_in_memory);
}
