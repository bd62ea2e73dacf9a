/* reads.c - no verb that reads changes a byte: neither of the store nor of what lies
 * beside it; nor is a frozen store, or a directory that cannot be written, in its way. */
#include "run_tool.h"
#include "small_store.h"

#include "support/temp_directory.h"
#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[TEMP_PATH_SIZE];
static char path[TEMP_PATH_SIZE];

static const char *const verbs[][4] = {
    {"status"},
    {"info"},
    {"sessions"},
    {"types"},
    {"streams"},
    {"events"},
    {"show", "5"},
    {"trace", "5"},
    {"tail"},
    {"commands", "note-7"},
    {"subscribers"},
    {"views"},
    {"dead"},
    {"sagas"},
    {"sagas", "diary/000002"},
    {"verify", "--deep"},
};
enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

/* Names and contents of all files, but -shm, which SQLite's readers share. */
static uint64_t hash_file(const char *name, uint64_t hash)
{
    char of_file[TEMP_PATH_SIZE];
    FILE *file;
    int byte;

    for (const char *at = name; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    temp_directory_path(of_file, directory, name);
    file = fopen(of_file, "rb");
    assert_non_null(file);
    while ((byte = fgetc(file)) != EOF)
        hash = (hash ^ (unsigned char)byte) * 0x100000001b3u;
    assert_int_equal(fclose(file), 0);
    return hash;
}

static uint64_t hash_of_all(void)
{
    DIR *all = opendir(directory);
    uint64_t hash = 0;
    struct dirent *entry;

    assert_non_null(all);
    while ((entry = readdir(all))) {
        const char *end = strrchr(entry->d_name, '-');

        if (*entry->d_name != '.' && !(end && !strcmp(end, "-shm")))
            hash += hash_file(entry->d_name, 0xcbf29ce484222325u);
    }
    assert_int_equal(closedir(all), 0);
    return hash;
}

static void run_verb(size_t verb, const char *option)
{
    struct tool tool = {.words = {verbs[verb][0], path}};
    struct tool_result result;
    int count = 2;

    for (int i = 1; verbs[verb][i]; i++)
        tool.words[count++] = verbs[verb][i];
    tool.words[count] = option;
    tool_run(&tool, &result);
    if (result.status > 1)
        fail_msg("%s: exit %d: %s", verbs[verb][0], result.status, result.errors);
    tool_free(&result);
}

static void make_store(struct small_store *store)
{
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    small_store_open(store, path);
    small_store_fill(store);
}

static void no_byte_of_a_closed_store_changes(void **state)
{
    struct small_store store;
    uint64_t before;

    (void)state;
    make_store(&store);
    small_store_close(&store);
    run_verb(0, NULL); /* whoever reads first makes an empty log */
    before = hash_of_all();
    for (size_t i = 0; i < VERB_COUNT; i++) {
        run_verb(i, NULL);
        if (hash_of_all() != before)
            fail_msg("%s has changed something", verbs[i][0]);
    }
    temp_directory_remove(directory);
}

static void no_byte_of_an_open_store_changes(void **state)
{
    struct small_store store;
    uint64_t before;

    (void)state;
    make_store(&store);
    before = hash_of_all();
    for (size_t i = 0; i < VERB_COUNT; i++) {
        run_verb(i, NULL);
        if (hash_of_all() != before)
            fail_msg("%s has changed something", verbs[i][0]);
    }
    small_store_write(&store, "000001", "and the writer goes on");
    small_store_close(&store);
    temp_directory_remove(directory);
}

static int count_files(void)
{
    DIR *all = opendir(directory);
    int count = 0;

    assert_non_null(all);
    while (readdir(all))
        count++;
    assert_int_equal(closedir(all), 0);
    return count;
}

static void a_frozen_store_gets_no_file_beside_it(void **state)
{
    struct small_store store;
    int before;

    (void)state;
    make_store(&store);
    small_store_close(&store);
    before = count_files();
    for (size_t i = 0; i < VERB_COUNT; i++) {
        run_verb(i, "--frozen");
        assert_int_equal(count_files(), before);
    }
    temp_directory_remove(directory);
}

/* A program has it open, and its last commits are in the log, which would not be read. */
static void a_store_with_a_log_is_not_frozen(void **state)
{
    struct small_store store;

    (void)state;
    make_store(&store);
    for (size_t i = 0; i < VERB_COUNT; i++) {
        struct tool tool = {.words = {verbs[i][0], "--frozen", path}};
        struct tool_result result;

        for (int j = 1; verbs[i][j]; j++)
            tool.words[2 + j] = verbs[i][j];
        tool_run(&tool, &result);
        if (result.status != 3 || !strstr(result.errors, "log"))
            fail_msg("%s: exit %d: %s", verbs[i][0], result.status, result.errors);
        tool_free(&result);
    }
    small_store_close(&store);
    temp_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_byte_of_a_closed_store_changes),
        cmocka_unit_test(no_byte_of_an_open_store_changes),
        cmocka_unit_test(a_frozen_store_gets_no_file_beside_it),
        cmocka_unit_test(a_store_with_a_log_is_not_frozen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
