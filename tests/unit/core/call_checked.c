/* call_checked.c - in a test a public call that fails and does not say why is the end. */
#include "core/call.h"

#include "support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends such a call in a child. True if that aborted it. */
static bool aborts(enum jangle_result result, struct jangle_error why)
{
    int status = 0;
    pid_t child = fork();

    if (!child) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        jn_call_end(NULL, "jangle_send", result, &why, NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGABRT;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

static void a_whole_answer_passes(void **state)
{
    (void)state;
    assert_false(aborts(JANGLE_OK, (struct jangle_error){JANGLE_OK, ""}));
    assert_false(aborts(JANGLE_BUSY, (struct jangle_error){JANGLE_BUSY, "why"}));
}

static void a_result_without_its_sentence_aborts(void **state)
{
    (void)state;
    assert_true(aborts(JANGLE_STORAGE, (struct jangle_error){JANGLE_OK, ""}));
    assert_true(aborts(JANGLE_STORAGE, (struct jangle_error){JANGLE_STORAGE, ""}));
    assert_true(aborts(JANGLE_STORAGE, (struct jangle_error){JANGLE_OK, "why"}));
    assert_true(aborts(JANGLE_STORAGE, (struct jangle_error){JANGLE_BUSY, "why"}));
    assert_true(aborts(JANGLE_OK, (struct jangle_error){JANGLE_BUSY, "why"}));
    assert_true(aborts(JANGLE_OK, (struct jangle_error){JANGLE_OK, "why"}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer_passes),
        cmocka_unit_test(a_result_without_its_sentence_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
