/* state_check.c - an apply that leaves a pointer in the state which will dangle is found
 * out at once, by name, in builds that look for it. */
#include "support/test.h"

#include <jangle/jangle.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a list of words, kept in a chosen way ----------------------------------- */

struct say {
    const char *book_id;
    const char *word;
    const char *how;
};

struct word_said {
    const char *word;
    const char *how;
};

struct spoken_word {
    jangle_optional_text text;
};

struct spoken_words {
    struct spoken_word *items;
    size_t count;
};

struct book_page {
    const char *title;
    jangle_json raw;
};

struct book_state {
    struct spoken_words words;
    struct book_page page;
};

static JANGLE_COMMAND(say, book_id, word, how);
static JANGLE_EVENT(word_said, word, how);
static JANGLE_STRUCT(spoken_word, text);
static JANGLE_STRUCT(book_page, title, raw);
static JANGLE_STRUCT(book_state, list(words, spoken_word), nested(page, book_page));

static enum jangle_result decide_say(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct say *said = command->data;

    (void)state;
    return jangle_emit(decision, word_said, .word = said->word, .how = said->how);
}

static char *elsewhere; /* on the heap */
static struct spoken_word foreign_items[1];
static char static_text[] = "static";

static void apply_said(void *state, const struct jangle_event *event)
{
    const struct word_said *said = event->data;
    struct book_state *book = state;

    jangle_list_add(event->arena, &book->words, spoken_word, .text = {true, said->word});
    book->page.title = event->id;
    if (!strcmp(said->how, "literal"))
        book->page.title = "a literal";
    if (!strcmp(said->how, "static"))
        book->words = (struct spoken_words){foreign_items, 1};
    if (!strcmp(said->how, "made"))
        book->page.title = jangle_text(event->arena, "%s!", said->word);
    if (!strcmp(said->how, "title"))
        book->page.title = elsewhere;
    if (!strcmp(said->how, "raw"))
        book->page.raw.text = elsewhere;
    if (!strcmp(said->how, "item"))
        book->words.items[1].text.value = elsewhere;
    if (!strcmp(said->how, "absent"))
        book->words.items[0].text = (jangle_optional_text){false, elsewhere};
    if (!strcmp(said->how, "items"))
        book->words.items = (struct spoken_word *)(void *)elsewhere;
}

static const struct jangle_aggregate book_aggregate = {
    .name = "book",
    .state = &book_state,
    .commands = JANGLE_DECIDERS({&say, decide_say}),
    .events = JANGLE_APPLIERS({&word_said, apply_said})};

/* ---- a life ------------------------------------------------------------------ */

/* Two events, the second kept that way; the third command meets them. */
static int live(const char *how)
{
    struct jangle_config config = {.aggregates = JANGLE_AGGREGATES(&book_aggregate),
                                   .storage = jangle_memory(),
                                   .host.logger = jangle_logger_none()};
    struct jangle *jangle = jangle_open(&config, NULL);
    enum jangle_result result = JANGLE_OK;

    if (!jangle)
        return 1;
    for (int i = 0; i < 3 && !result; i++)
        result = jangle_send(jangle, NULL, say, .book_id = "1", .word = "word",
                             .how = i == 1 ? how : "well");
    return result || jangle_close(jangle, -1) ? 1 : 0;
}

/* In a process of its own, which may abort; what it says on its way goes to `words`. */
static int live_apart(const char *how, char words[500])
{
    int ends[2], status;
    ssize_t size;
    size_t length = 0;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        _exit(live(how));
    }
    close(ends[1]);
    while ((size = read(ends[0], words + length, 499 - length)) > 0)
        length += (size_t)size;
    words[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void expect_accepted(const char *how)
{
    char words[500];

    assert_int_equal(live_apart(how, words), 0);
    assert_string_equal(words, "");
}

static void expect_aborted(const char *how, const char *sentence)
{
    char words[500];
    int status = live_apart(how, words);

    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(words, sentence);
}

static void what_lasts_may_be_kept(void **state)
{
    (void)state;
    foreign_items[0].text = (jangle_optional_text){true, static_text};
    expect_accepted("well");
    expect_accepted("literal");
    expect_accepted("static");
    expect_accepted("made");
    expect_accepted("absent");
}

static void what_does_not_is_named(void **state)
{
    (void)state;
    elsewhere = calloc(10, sizeof(struct spoken_word));
    assert_non_null(elsewhere);
    expect_aborted("title",
                   "jangle: book: page.title points neither into the state nor "
                   "to static data after word_said was applied\n");
    expect_aborted("raw",
                   "jangle: book: page.raw points neither into the state nor to "
                   "static data after word_said was applied\n");
    expect_aborted("item",
                   "jangle: book: words[1].text points neither into the state "
                   "nor to static data after word_said was applied\n");
    expect_aborted("items",
                   "jangle: book: words points neither into the state nor to "
                   "static data after word_said was applied\n");
    free(elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lasts_may_be_kept),
        cmocka_unit_test(what_does_not_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
