/* liar.c - the contracts, tried on a store that breaks one clause at a time: a test of
 * that clause's number must fail. What nobody can find out is not promised.
 *
 * Run with the number of a lie, it runs the contracts on a store that tells it; without,
 * it runs itself with each number in turn and reads which tests have failed. */
#include "contract/contract.h"
#include "support/shard.h"
#include "support/stores/lying_store.h"
#include "support/stores/sqlite_damage.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/config.h>
#include <jangle/plugin/view_store.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_SIZE = 128, CHILD_SECONDS = 1800, HONEST = -1, HONEST_IN_FILE = -2 };

static const struct lie *const tables[] = {lies_commit,   lies_read,      lies_row,
                                           lies_pause,    lies_catalogue, lies_look,
                                           lies_snapshot, lies_view};

static const char *program;

/* The n-th of all; NULL: there are no more. */
static const struct lie *lie_of(int number)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct lie *lie = tables[i];

        while (lie->clause && number-- > 0)
            lie++;
        if (lie->clause)
            return lie;
    }
    return NULL;
}

/* ---- one store that lies ----------------------------------------------------- */

static struct lying lying;

static struct jangle_storage in_memory(const char *path)
{
    (void)path;
    lying.storage = jangle_memory();
    return lying_storage(&lying);
}

static struct jangle_storage in_file(const char *path)
{
    lying.storage = jangle_sqlite(path);
    return lying_storage(&lying);
}

static enum jangle_result open_lying_views(const struct jangle_storage *storage,
                                           const struct jangle_host *host,
                                           struct jangle_stores *stores,
                                           struct jangle_error *error)
{
    struct jangle_storage honest = jangle_sqlite_views(storage->location);
    enum jangle_result result = honest.open(&honest, host, stores, error);

    if (!result)
        lie_about_views(stores->views, &lying.lie->views);
    return result;
}

static struct jangle_storage views_in_file(const char *path)
{
    return (struct jangle_storage){.location = path, .open = open_lying_views};
}

static int run_contracts(int number)
{
    const struct backend views = {
        .name = "liar about views", .storage = views_in_file, .durable = true};
    const struct backend memory = {.name = "liar in memory", .storage = in_memory};
    const struct backend file = {.name = "liar in a file",
                                 .storage = in_file,
                                 .durable = true,
                                 .damage = sqlite_damage};
    const struct backend *backend = &memory;

    alarm(CHILD_SECONDS);
    if (number == HONEST || number == HONEST_IN_FILE)
        backend = number == HONEST ? &memory : &file;
    else
        lying.lie = lie_of(number);
    if (lying.lie && lying.lie->in_file)
        backend = &file;
    if (lying.lie && lying.lie->clause[0] == 'V')
        return view_store_contract(&views);
    return store_contract(backend) + snapshot_store_contract(backend);
}

/* ---- all of them, each in a process of its own ------------------------------- */

/* What was read from a child. */
struct findings {
    int failed;
    int of_clause;
    char first[NAME_SIZE]; /* of the clause, or of all */
};

static int number_in(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

/* "ST-5" and "st_05_a_test" have the same number. */
static bool is_of_clause(const char *test, const char *clause)
{
    char prefix[16];

    snprintf(prefix, sizeof prefix, "%c%c_%02d_", clause[0] == 'S' ? 's' : 'v',
             clause[1] == 'T' ? 't' : 's', number_in(clause + 3));
    return strncmp(test, prefix, strlen(prefix)) == 0;
}

static void read_line(struct findings *findings, const char *line, const char *clause)
{
    char name[NAME_SIZE];
    bool of_clause;

    if (sscanf(line, "not ok %*d - %127s", name) != 1)
        return;
    of_clause = clause && is_of_clause(name, clause);
    if (findings->failed == 0 || (of_clause && !findings->of_clause))
        memcpy(findings->first, name, sizeof name);
    findings->failed++;
    findings->of_clause += of_clause;
}

/* Itself, with that number; what it prints comes to `output`, and its files are in that
 * directory. */
static pid_t start_child(int number, const char *directory, FILE **output)
{
    char text[16];
    int ends[2];
    pid_t child;

    snprintf(text, sizeof text, "%d", number);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        if (dup2(ends[1], STDOUT_FILENO) >= 0 && !close(ends[0]) && !close(ends[1]) &&
            freopen("/dev/null", "w", stderr) &&
            !setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1) && !setenv("TMPDIR", directory, 1))
            execl(program, program, text, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    close(ends[1]);
    *output = fdopen(ends[0], "r");
    assert_non_null(*output);
    return child;
}

/* A lie may well lead to a wait without an end. Once a test of its clause has failed, no
 * more need be known. */
static struct findings run_child(int number, const char *clause)
{
    struct findings findings = {.first = "nothing"};
    char line[1024], directory[TEMP_PATH_SIZE];
    FILE *output;
    pid_t child;
    int status;

    assert_true(temp_directory_make(directory));
    child = start_child(number, directory, &output);
    while (!findings.of_clause && fgets(line, sizeof line, output))
        read_line(&findings, line, clause);
    if (findings.of_clause)
        kill(child, SIGKILL);
    fclose(output);
    assert_int_equal(waitpid(child, &status, 0), child);
    temp_directory_remove(directory);
    if (status != 0 && findings.failed == 0)
        findings.failed = 1;
    return findings;
}

static void an_honest_store_passes_through_the_liars_hands(void **state)
{
    (void)state;
    for (int number = HONEST_IN_FILE; number <= HONEST; number++) {
        struct findings findings = run_child(number, NULL);

        assert_string_equal(findings.first, "nothing");
        assert_int_equal(findings.failed, 0);
    }
}

static void every_lie_is_found_out_by_a_test_of_its_clause(void **state)
{
    const struct lie *lie;
    int undetected = 0;

    (void)state;
    for (int number = 0; (lie = lie_of(number)); number++) {
        struct findings findings;

        if (!shard_takes(number))
            continue;
        findings = run_child(number, lie->clause);

        print_message("%-6s %-40s %s\n", lie->clause, lie->what, findings.first);
        undetected += findings.of_clause == 0;
    }
    assert_int_equal(undetected, 0);
}

static bool is_told(const char *letters, int clause)
{
    char name[16];
    const struct lie *lie;

    snprintf(name, sizeof name, "%s-%d", letters, clause);
    for (int number = 0; (lie = lie_of(number)); number++) {
        if (strcmp(lie->clause, name) == 0)
            return true;
    }
    print_error("%s: nobody lies about it\n", name);
    return false;
}

static void there_is_a_lie_about_every_clause(void **state)
{
    (void)state;
    for (int clause = 1; clause <= 29; clause++)
        assert_true(is_told("ST", clause));
    for (int clause = 1; clause <= 5; clause++)
        assert_true(is_told("SS", clause));
    for (int clause = 1; clause <= 16; clause++)
        assert_true(is_told("VS", clause));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_store_passes_through_the_liars_hands),
        cmocka_unit_test(every_lie_is_found_out_by_a_test_of_its_clause),
        cmocka_unit_test(there_is_a_lie_about_every_clause),
    };

    program = argv[0];
    if (argc > 1) {
        unsetenv("JANGLE_SHARD"); /* all of a contract, whichever part asks */
        return run_contracts(number_in(argv[1])) ? 1 : 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
