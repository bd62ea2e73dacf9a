/* complaints.c - what a spec complains of, kept from the reader of the test. */
#include "support/domains/complaints.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

char complaints_text[8192];

int complaints_of(int (*say)(void))
{
    int counted, shown = dup(STDERR_FILENO);
    FILE *kept = tmpfile();
    size_t size;

    assert_non_null(kept);
    fflush(stderr);
    dup2(fileno(kept), STDERR_FILENO);
    counted = say();
    fflush(stderr);
    dup2(shown, STDERR_FILENO);
    close(shown);
    rewind(kept);
    size = fread(complaints_text, 1, sizeof complaints_text - 1, kept);
    complaints_text[size] = '\0';
    fclose(kept);
    return counted;
}

void assert_complaint(int (*say)(void), const char *words)
{
    int counted = complaints_of(say);

    if (counted != 1 || !strstr(complaints_text, words))
        fail_msg("%d complaints, not one with \"%s\":\n%s", counted, words,
                 complaints_text);
}

static struct jangle_spec **told;
static const struct complaint *now;

static int say_it(void)
{
    now->say();
    return jangle_spec_close(*told);
}

void assert_complaints(struct jangle_spec **spec,
                       const struct complaint *list,
                       size_t count)
{
    told = spec;
    for (size_t i = 0; i < count; i++) {
        now = &list[i];
        assert_complaint(say_it, now->words);
    }
}
