/* golden.c - what each verb prints: in terminals of 80 and 200 columns, in a pipe,
 * without colors, and as JSON. The right outputs lie in golden/, one file each; with
 * JANGLE_GOLDEN=write in the environment they are written, to be looked at by a person.
 */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[TEMP_PATH_SIZE];

/* A verb on the store bank.db, and the name of its files. */
struct sample {
    const char *name;
    const char *words[10];
    bool changes; /* it prints what another version of SQLite or of a schema changes */
    int status;
};

static const struct sample samples[] = {
    {"info", {"info", "bank.db"}, true, 0},
    {"events", {"events", "bank.db"}, false, 0},
    {"events_of_stream", {"events", "bank.db", "note/000002", "--newest"}, false, 0},
    {"events_filtered",
     {"events", "bank.db", "note", "--actor", "b*", "--since", "2026-11-28 22:02", "-n",
      "2"},
     false,
     0},
    {"events_local", {"events", "bank.db", "-n1", "--local", "--no-data"}, false, 0},
    {"show_position", {"show", "bank.db", "5"}, false, 0},
    {"show_version", {"show", "bank.db", "note/shopping@home@2"}, false, 0},
    {"show_stream", {"show", "bank.db", "note/shopping@home"}, false, 0},
    {"streams", {"streams", "bank.db"}, false, 0},
    {"streams_some",
     {"streams", "bank.db", "note/0*", "--after", "note/000001"},
     false,
     0},
    {"trace", {"trace", "bank.db", "5"}, false, 0},
    {"types", {"types", "bank.db"}, false, 0},
    {"commands", {"commands", "bank.db", "note-7"}, false, 0},
    {"tail", {"tail", "bank.db", "-n", "3"}, false, 0},
    {"dead", {"dead", "bank.db"}, false, 1},
    {"dead_filtered", {"dead", "bank.db", "mail", "--because", "smtp*"}, false, 1},
    {"dead_by_reason", {"dead", "bank.db", "--by-reason"}, false, 1},
    {"sagas", {"sagas", "bank.db", "--finished"}, false, 0},
    {"saga", {"sagas", "bank.db", "diary/000002"}, false, 0},
    {"status", {"status", "bank.db"}, true, 1},
    {"subscribers", {"subscribers", "bank.db"}, false, 0},
    {"verify", {"verify", "bank.db", "--deep"}, true, 0},
};

static const struct form {
    const char *name;
    int columns;
    const char *variable;
    const char *word;
} forms[] = {
    {"80", 80, NULL, NULL},      {"200", 200, NULL, NULL},
    {"pipe", 0, NULL, NULL},     {"plain", 80, "NO_COLOR=1", NULL},
    {"json", 0, NULL, "--json"},
};

static struct tool_result run(const struct sample *sample, const struct form *form)
{
    struct tool tool = {
        .columns = form->columns, .variables = {form->variable}, .directory = directory};
    struct tool_result result;
    int count = 0;

    for (; sample->words[count]; count++)
        tool.words[count] = sample->words[count];
    tool.words[count] = form->word;
    tool_run(&tool, &result);
    if (result.status != sample->status)
        fail_msg("%s %s: exit %d: %s", sample->name, form->name, result.status,
                 result.errors);
    return result;
}

static bool is_uuid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (int i = 0; shape[i]; i++)
        if (shape[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* Each id becomes the number of its first place in the text, because an engine that draws
 * one number more would change them all. */
static void hide_ids(char *text)
{
    enum { SIZE = 36 };
    char number[SIZE + 1];
    int count = 0;

    for (char *at = text; *at; at++) {
        if (!is_uuid(at) || !strncmp(at, "00000000-", 9))
            continue;
        (void)snprintf(number, sizeof number, "00000000-0000-0000-0000-%012d", ++count);
        for (char *again = at + 1; *again; again++)
            if (!strncmp(again, at, SIZE))
                memcpy(again, number, SIZE);
        memcpy(at, number, SIZE);
    }
}

/* Digits, and the commas between them, become one #. */
static void hide_numbers(char *text)
{
    char *to = text;

    for (char *at = text; *at; at++) {
        if (isdigit((unsigned char)*at)) {
            while (isdigit((unsigned char)at[1]) ||
                   (at[1] == ',' && isdigit((unsigned char)at[2])))
                at++;
            *to++ = '#';
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
}

static void path_of(const struct sample *sample, const struct form *form, char path[512])
{
    (void)snprintf(path, 512, "%s/%s.%s.txt", GOLDEN, sample->name, form->name);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    assert_non_null(text);
    if (!file)
        fail_msg("%s is not here", path);
    (void)fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What was printed, and then what stderr said. */
static void compare(const struct sample *sample, const struct form *form)
{
    struct tool_result result = run(sample, form);
    char *all = malloc(result.output_size + result.errors_size + 16);
    char *right;
    char path[512];

    assert_non_null(all);
    (void)snprintf(all, result.output_size + result.errors_size + 16, "%s--- stderr\n%s",
                   result.output, result.errors);
    hide_ids(all);
    if (sample->changes)
        hide_numbers(all);
    path_of(sample, form, path);
    if (getenv("JANGLE_GOLDEN"))
        write_file(path, all);
    right = read_file(path);
    if (strcmp(all, right) != 0)
        fail_msg("%s differs. It was:\n%s", path, all);
    free(right);
    free(all);
    tool_free(&result);
}

static void every_verb_prints_what_it_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t j = 0; j < sizeof forms / sizeof *forms; j++)
            compare(&samples[i], &forms[j]);
}

static void no_line_is_wider_than_the_terminal(void **state)
{
    static const struct form narrow = {"40", 40, "NO_COLOR=1", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct tool_result result;
        char *rest = NULL;

        if (!strcmp(samples[i].words[0], "show") || !strcmp(samples[i].name, "saga") ||
            !strcmp(samples[i].words[0], "commands") || samples[i].changes)
            continue; /* facts are no table: they wrap */
        result = run(&samples[i], &narrow);
        for (char *line = strtok_r(result.output, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
            if (strlen(line) > 40)
                fail_msg("%s is %zu wide: %s", samples[i].name, strlen(line), line);
        tool_free(&result);
    }
}

static void every_line_of_json_is_an_object(void **state)
{
    static const struct form json = {"json", 0, NULL, "--json"};

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct tool_result result = run(&samples[i], &json);
        char *rest = NULL;
        int count = 0;

        for (char *line = strtok_r(result.output, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest), count++) {
            json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

            if (!json_is_object(object))
                fail_msg("%s: %s", samples[i].name, line);
            json_decref(object);
        }
        assert_true(count > 0 || !strcmp(samples[i].name, "verify"));
        tool_free(&result);
    }
}

static int make_store(void **state)
{
    struct small_store store;
    char path[TEMP_PATH_SIZE];

    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(path, directory, "bank.db");
    small_store_open(&store, path);
    small_store_fill(&store);
    small_store_close(&store);
    return 0;
}

static int remove_store(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_prints_what_it_printed),
        cmocka_unit_test(no_line_is_wider_than_the_terminal),
        cmocka_unit_test(every_line_of_json_is_an_object),
    };

    return cmocka_run_group_tests(tests, make_store, remove_store);
}
