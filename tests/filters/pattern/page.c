/* page.c - each example of docs/patterns.md is what the library says, and every function
 * has one. */
#include "filters/pattern/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 4096, EXAMPLES_MIN = 90 };

/* The tables, by their first row. */
enum table { NO_TABLE, OTHER_TABLE, OF_MEMBERS, OF_VALUES, OF_REFUSED };

struct page {
    char document[LINE_SIZE]; /* to which the members are matched */
    char judged[64 * 1024];   /* all patterns */
    enum table table;
    int examples;
};

static FILE *open_page(void)
{
    FILE *file = fopen(PAGE, "r");

    if (!file)
        fail_msg("%s cannot be read", PAGE);
    return file;
}

/* What stands between the first two backquotes from `*at` on, and go past them. */
static void take_quoted(char **at, char *quoted)
{
    char *start = strchr(*at, '`'), *end = start ? strchr(start + 1, '`') : NULL;

    if (!end)
        fail_msg("no two backquotes: %s", *at);
    memcpy(quoted, start + 1, (size_t)(end - start - 1));
    quoted[end - start - 1] = '\0';
    *at = end + 1;
}

/* The document is the only thing in backquotes that takes more than a line. */
static void find_document(struct page *page)
{
    FILE *file = open_page();
    char line[LINE_SIZE];
    bool inside = false;

    while (fgets(line, sizeof line, file)) {
        char *start = inside ? line : strstr(line, "`{\"event\""), *end;

        if (!start)
            continue;
        start += !inside;
        end = strchr(start, '`');
        if (end)
            *end = '\0';
        strncat(page->document, start,
                sizeof page->document - strlen(page->document) - 1);
        inside = !end;
        if (end)
            break;
    }
    fclose(file);
    assert_true(strlen(page->document) > 0);
}

static enum table table_of(const char *line)
{
    if (strncmp(line, "| pattern of members | result |", 31) == 0)
        return OF_MEMBERS;
    if (strncmp(line, "| pattern | value | result |", 28) == 0)
        return OF_VALUES;
    return strncmp(line, "| refused | because |", 21) == 0 ? OF_REFUSED : OTHER_TABLE;
}

/* The last cell, without its bars and spaces. */
static const char *last_cell(char *at)
{
    char *end = strrchr(at, '|');

    at += strspn(at, " |");
    while (end > at && end[-1] == ' ')
        end--;
    *end = '\0';
    return at;
}

static void check_row(struct page *page, char *at)
{
    char pattern[LINE_SIZE], value[LINE_SIZE];
    const char *found;

    take_quoted(&at, pattern);
    if (page->table == OF_VALUES) {
        take_quoted(&at, value);
        found = judge(pattern, value, &(struct jangle_pattern_options){.value = true});
    } else if (page->table == OF_MEMBERS) {
        found = judge(pattern, page->document, NULL);
    } else {
        found = refusal_of(pattern, NULL);
    }
    if (strcmp(found, last_cell(at)) != 0)
        fail_msg("%s: %s, and the page says: %s", pattern, found, last_cell(at));
    strncat(page->judged, pattern, sizeof page->judged - strlen(page->judged) - 1);
    page->examples++;
}

static void read_page(struct page *page)
{
    FILE *file = open_page();
    char line[LINE_SIZE];

    while (fgets(line, sizeof line, file)) {
        if (*line != '|')
            page->table = NO_TABLE;
        else if (page->table == NO_TABLE)
            page->table = table_of(line);
        else if (page->table != OTHER_TABLE && line[1] != '-')
            check_row(page, line);
    }
    fclose(file);
}

static void each_example_is_as_the_page_says(void **state)
{
    static const char *const functions[] = {
        "eq(",      "neq(",     "match(",    "gt(",         "gte(",     "lt(",
        "lte(",     "in(",      "one_of(",   "not(",        "and(",     "or(",
        "empty(",   "any(",     "Null(",     "Boolean(",    "String(",  "Number(",
        "Decimal(", "decimal(", "DateTime(", "Collection(", "Mapping(", "dict("};
    static struct page page;

    (void)state;
    find_document(&page);
    read_page(&page);
    assert_true(page.examples >= EXAMPLES_MIN);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (!strstr(page.judged, functions[i]))
            fail_msg("%s) has no example", functions[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_as_the_page_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
