/* shell_ask.c - each question that the shell asks, and which answers make sense. */
#include "shell/shell_ask.h"
#include "cli/money.h"
#include "cli/text.h"
#include "domain/messages.h"
#include "views/views.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST_NAME = 5, LONGEST_NAME = 15 };

/* ---- choices ----------------------------------------------------------------- */

static const struct choice *find_choice(const struct choice *choices, const char *text)
{
    char number[24];

    for (int64_t i = 0; choices[i].word; i++) {
        snprintf(number, sizeof number, "%" PRId64, i + 1);
        if (strcmp(choices[i].word, text) == 0 || strcmp(number, text) == 0)
            return &choices[i];
    }
    return NULL;
}

static bool read_choice(const void *context, const char *text, void *value, char *problem)
{
    const struct choice *choices = context;
    const struct choice *choice = find_choice(choices, text);

    if (choice) {
        *(const struct choice **)value = choice;
        return true;
    }
    for (size_t i = 0; choices[i].word; i++)
        if (options_distance(text, choices[i].word) <= 2)
            return prompt_refuse(problem, "there is no '%s'; did you mean '%s'?", text,
                                 choices[i].word);
    return prompt_refuse(problem, "'%s' is none of the choices above", text);
}

bool shell_ask_choice(struct shell *shell, const struct choice **choice)
{
    static const struct question question = {"Choice", "look again", read_choice};

    return prompt_ask(&shell->prompt, &question, shell->screen->choices, choice);
}

/* ---- names and amounts ------------------------------------------------------- */

static bool read_name(const void *context, const char *text, void *value, char *problem)
{
    int length = text_count_characters(text);

    (void)context;
    if (length < SHORTEST_NAME || length > LONGEST_NAME)
        return prompt_refuse(problem, "a name has %d to %d characters, not %d",
                             SHORTEST_NAME, LONGEST_NAME, length);
    snprintf(value, NAME_SIZE, "%s", text);
    return true;
}

bool shell_ask_name(struct shell *shell, char name[NAME_SIZE])
{
    static const struct question question = {"Name", "back", read_name};

    return prompt_ask(&shell->prompt, &question, NULL, name);
}

static bool read_amount(const void *context, const char *text, void *value, char *problem)
{
    int64_t *amount = value;
    int64_t cents;

    (void)context;
    if (!money_parse(text, &cents))
        return prompt_refuse(problem, "'%s' is not an amount such as 12 or 12.34", text);
    if (cents < 1 || cents > MAX_AMOUNT)
        return prompt_refuse(problem, "%s is not in %s..%s", text, MONEY(1),
                             MONEY(MAX_AMOUNT));
    *amount = cents;
    return true;
}

bool shell_ask_amount(struct shell *shell, int64_t *amount)
{
    static const struct question question = {"Amount", "back", read_amount};

    return prompt_ask(&shell->prompt, &question, NULL, amount);
}

bool shell_ask_balance(struct shell *shell, jangle_optional_int *amount)
{
    static const struct question question = {"Starting balance", "none", read_amount};

    *amount = (jangle_optional_int){0};
    amount->given = prompt_ask(&shell->prompt, &question, NULL, &amount->value);
    return !shell->prompt.ended;
}

/* ---- accounts ---------------------------------------------------------------- */

/* Zeros at the beginning need not be typed. */
static bool
read_account(const void *context, const char *text, void *value, char *problem)
{
    enum { DIGITS = ACCOUNT_ID_SIZE - 1 };
    size_t length = strlen(text);

    (void)context;
    if (length > DIGITS || strspn(text, "0123456789") != length)
        return prompt_refuse(problem, "'%s' is not an account such as 000001", text);
    memset(value, '0', DIGITS);
    memcpy((char *)value + DIGITS - length, text, length + 1);
    return true;
}

bool shell_ask_account(struct shell *shell,
                       const char *text,
                       char account_id[ACCOUNT_ID_SIZE])
{
    const struct question question = {text, "back", read_account};

    return prompt_ask(&shell->prompt, &question, NULL, account_id);
}

static bool read_other(const void *context, const char *text, void *value, char *problem)
{
    const struct shell *shell = context;

    if (!read_account(NULL, text, value, problem))
        return false;
    return strcmp(value, shell->account) != 0 ||
           prompt_refuse(problem, "%s is this account itself", shell->account);
}

bool shell_ask_other(struct shell *shell,
                     const char *text,
                     char account_id[ACCOUNT_ID_SIZE])
{
    const struct question question = {text, "back", read_other};

    return prompt_ask(&shell->prompt, &question, shell, account_id);
}

static bool
read_existing(const void *context, const char *text, void *value, char *problem)
{
    const struct shell *shell = context;
    struct jangle_answer answer = {0};
    bool found;

    if (!read_account(NULL, text, value, problem))
        return false;
    found = !jangle_ask(shell->bank, &answer, get_account, .account_id = value);
    if (!found)
        prompt_refuse(problem, "%s", answer.error.message);
    jangle_answer_free(&answer);
    return found;
}

bool shell_ask_existing(struct shell *shell, char account_id[ACCOUNT_ID_SIZE])
{
    static const struct question question = {"Account", "back", read_existing};

    return prompt_ask(&shell->prompt, &question, shell, account_id);
}

/* ---- numbers and words ------------------------------------------------------- */

static bool read_number(const void *context, const char *text, void *value, char *problem)
{
    const int64_t *highest = context;
    size_t digits = strspn(text, "0123456789");
    int64_t number = digits <= 9 ? strtoll(text, NULL, 10) : INT64_MAX;

    if (text[digits])
        return prompt_refuse(problem, "'%s' is not a number", text);
    if (number < 1 || number > *highest)
        return prompt_refuse(problem, "%s is not in 1..%" PRId64, text, *highest);
    *(int64_t *)value = number;
    return true;
}

bool shell_ask_number(struct shell *shell, int64_t highest, int64_t *number)
{
    static const struct question question = {"Number of the request", "back",
                                             read_number};

    return prompt_ask(&shell->prompt, &question, &highest, number);
}

static bool read_word(const void *context, const char *text, void *value, char *problem)
{
    const char *word = context;

    (void)value;
    return strcmp(word, text) == 0 ||
           prompt_refuse(problem, "'%s' is not the word %s", text, word);
}

bool shell_ask_word(struct shell *shell, const char *text, const char *word)
{
    const struct question question = {text, "back", read_word};

    return prompt_ask(&shell->prompt, &question, word, NULL);
}
