/* verify_old.c - the stores that older versions made are sound as they are, and a
 * verification says what they cannot show. A log that a bit was flipped in, or that was
 * cut, leaves an earlier state, or is found. */
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/config.h>
#include <jangle/verify.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void unpack(const char *archive, const char *directory)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        execlp("tar", "tar", "-xzf", archive, "-C", directory, (char *)NULL);
        _exit(1);
    }
    assert_true(waitpid(child, &status, 0) == child && !status);
}

/* What a store's schema cannot show. */
struct unseen {
    int count;
    char all[4000];
};

static enum jangle_result see(void *context, const struct jangle_finding *finding)
{
    struct unseen *unseen = context;

    if (finding->kind == JANGLE_FINDING_UNSEEN) {
        unseen->count++;
        strncat(unseen->all, finding->what, sizeof unseen->all - strlen(unseen->all) - 1);
        return JANGLE_OK;
    }
    print_message("%s: %s, row %s, column %s: %s\n", finding->file,
                  finding->table ? finding->table : "-",
                  finding->row ? finding->row : "-",
                  finding->column ? finding->column : "-", finding->what);
    return JANGLE_OK;
}

static void check(const char *directory,
                  const char *name,
                  bool deep,
                  struct unseen *unseen,
                  struct jangle_verify_totals *totals)
{
    char path[TEMP_PATH_SIZE];
    struct jangle_verify_options options = {.deep = deep};
    struct jangle_storage storage;
    struct jangle_error error = {0};

    temp_directory_path(path, directory, name);
    storage = jangle_sqlite(path);
    *unseen = (struct unseen){0};
    assert_result(jangle_verify(&storage, &options, see, unseen, totals, &error),
                  JANGLE_OK);
}

static void check_archive(const char *archive)
{
    static const char *const names[] = {"desks.db", "bank.db"};
    char directory[TEMP_PATH_SIZE];
    int schema = (int)strtol(strstr(archive, "schema_") + strlen("schema_"), NULL, 10);
    struct jangle_verify_totals totals;
    struct unseen unseen;

    assert_true(temp_directory_make(directory));
    unpack(archive, directory);
    for (int i = 0; i < 4; i++) {
        check(directory, names[i / 2], i % 2, &unseen, &totals);
        assert_int_equal(totals.findings, 0);
        assert_int_equal(totals.schema, schema);
        assert_int_equal(totals.remarks, unseen.count);
        assert_true(totals.events > 100 && totals.events == totals.position);
        assert_true(totals.files == 4 && totals.rows > 100);
        if (schema == 1)
            assert_true(strstr(unseen.all, "only events have checksums") != NULL);
        if (schema <= 2)
            assert_true(strstr(unseen.all, "first name") != NULL);
        assert_true(strstr(unseen.all, "who sent it") != NULL);
        if (schema == 3)
            assert_int_equal(unseen.count, 1);
    }
    temp_directory_remove(directory);
}

static void a_store_of_an_older_schema_is_checked_as_it_is(void **state)
{
    glob_t found;

    (void)state;
    assert_int_equal(glob(KEPT_DIRECTORY "/schema_*.tar.gz", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 2);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_archive(found.gl_pathv[i]);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_of_an_older_schema_is_checked_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
