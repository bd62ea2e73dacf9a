/* prompt.c - asks a question, of a person or of a pipe, until the answer makes sense.
 *
 * An answer from a pipe is printed after its question, so that the output alone can be
 * read. */
#include "shell/prompt.h"
#include "cli/stop.h"
#include "cli/text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LENGTH = 100, LOOK_MS = 200 };

struct line {
    char text[LINE_LENGTH + 1];
    size_t length;
    bool too_long; /* the rest was skipped */
};

/* ---- reading ----------------------------------------------------------------- */

/* Wait for input. A signal does not end a read, so look every 200 ms whether one came. */
static bool wait_for_input(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    while (!stop_was_asked()) {
        int ready = poll(&input, 1, LOOK_MS);

        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool fill_bytes(struct prompt *prompt)
{
    ssize_t count = -1;

    while (count < 0 && wait_for_input()) {
        count = read(STDIN_FILENO, prompt->bytes, sizeof prompt->bytes);
        if (count < 0 && errno != EINTR && errno != EAGAIN)
            break;
    }
    prompt->next = 0;
    prompt->count = count > 0 ? (size_t)count : 0;
    return count > 0;
}

static void add_byte(struct line *line, char byte)
{
    if (line->length < LINE_LENGTH)
        line->text[line->length++] = byte;
    else
        line->too_long = true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static void trim_line(struct line *line)
{
    size_t blank = 0;

    while (line->length && is_blank(line->text[line->length - 1]))
        line->length--;
    while (blank < line->length && is_blank(line->text[blank]))
        blank++;
    line->length -= blank;
    memmove(line->text, line->text + blank, line->length);
    line->text[line->length] = '\0';
}

/* The last line may lack its newline. False: there are no more lines. */
static bool read_line(struct prompt *prompt, struct line *line)
{
    bool begun = false;
    char byte = '\0';

    *line = (struct line){0};
    while (byte != '\n' && (prompt->next < prompt->count || fill_bytes(prompt))) {
        begun = true;
        byte = prompt->bytes[prompt->next++];
        if (byte != '\n')
            add_byte(line, byte);
    }
    trim_line(line);
    return begun && !stop_was_asked();
}

/* ---- asking ------------------------------------------------------------------ */

bool prompt_refuse(char problem[PROBLEM_SIZE], const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(problem, PROBLEM_SIZE, format, values);
    va_end(values);
    return false;
}

static void repeat_answer(const struct line *line)
{
    bool printable = text_is_printable(line->text, line->length);

    if (!isatty(STDIN_FILENO))
        printf("%s%s\n", printable ? line->text : "?", line->too_long ? "..." : "");
}

static bool check_line(const struct line *line, char *problem)
{
    if (line->too_long)
        return prompt_refuse(problem, "that is longer than %d bytes", LINE_LENGTH);
    if (!text_is_printable(line->text, line->length))
        return prompt_refuse(problem,
                             "that is not plain text: UTF-8, no control characters");
    return true;
}

bool prompt_ask(struct prompt *prompt,
                const struct question *question,
                const void *context,
                void *value)
{
    char problem[PROBLEM_SIZE];
    struct line line;

    for (;;) {
        printf("%s (ENTER: %s): ", question->text, question->empty);
        fflush(stdout);
        if (!read_line(prompt, &line)) {
            prompt->ended = true;
            printf("\n");
            return false;
        }
        repeat_answer(&line);
        if (!line.length && !line.too_long)
            return false;
        if (check_line(&line, problem) &&
            question->read(context, line.text, value, problem))
            return true;
        printf("  That cannot be: %s.\n", problem);
    }
}
