/* process.c - a child that fork made is told from its parent, with a page or without. */
#include "base/process.h"

#include "support/test.h"

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* Does a child say that it is here? */
static bool is_here_in_a_child(const struct jn_process *process)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(jn_process_is_here(process));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) != 0;
}

static void a_child_is_not_here(void **state)
{
    struct jn_process process;

    (void)state;
    jn_process_init(&process);
    assert_true(jn_process_is_here(&process));
    assert_false(is_here_in_a_child(&process));
    assert_true(jn_process_is_here(&process));
    jn_process_finish(&process);
}

/* Where the kernel cannot wipe a page. */
static void a_child_is_not_here_by_its_id_either(void **state)
{
    struct jn_process process = {.id = getpid()};

    (void)state;
    assert_true(jn_process_is_here(&process));
    assert_false(is_here_in_a_child(&process));
    jn_process_finish(&process);
}

/* Ids are given again: a page is better. */
static void a_page_is_believed_before_an_id(void **state)
{
    struct jn_process process;

    (void)state;
    jn_process_init(&process);
    if (!process.page)
        skip();
    process.id = 0;
    assert_true(jn_process_is_here(&process));
    jn_process_finish(&process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_not_here),
        cmocka_unit_test(a_child_is_not_here_by_its_id_either),
        cmocka_unit_test(a_page_is_believed_before_an_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
