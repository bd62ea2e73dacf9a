/* words.c - what the bank reads and prints: amounts, options, tables, texts. */
#include "support/test.h"

#include "cli/money.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- money ------------------------------------------------------------------- */

static void cents_become_a_text(void **state)
{
    (void)state;
    assert_string_equal(MONEY(0), "0.00");
    assert_string_equal(MONEY(5), "0.05");
    assert_string_equal(MONEY(1234), "12.34");
    assert_string_equal(MONEY(-5), "-0.05");
    assert_string_equal(MONEY(-10000), "-100.00");
    assert_string_equal(MONEY(INT64_MAX), "92233720368547758.07");
    assert_string_equal(MONEY(INT64_MIN), "-92233720368547758.08");
}

static void a_text_becomes_cents(void **state)
{
    static const int64_t amounts[] = {0, 1, -1, 99, -99, 100, 123456, 9000000000000000};
    int64_t cents = 0;

    (void)state;
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        assert_true(money_parse(MONEY(amounts[i]), &cents));
        assert_int_equal(cents, amounts[i]);
    }
    assert_true(money_parse("12", &cents));
    assert_int_equal(cents, 1200);
}

static void other_texts_are_no_money(void **state)
{
    static const char *const wrong[] = {"",    "-",     ".",     ".50",  "1.",
                                        "1.5", "1.234", "1,50",  "1 ",   " 1",
                                        "+1",  "--1",   "1.2.3", "1.-5", "0x10",
                                        "1e3", "nan",   "1.5x",  "ten",  "1.\xB2\xB3"};
    int64_t cents = 77;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(money_parse(wrong[i], &cents));
        assert_int_equal(cents, 77);
    }
}

/* Its reader says which amounts may be. */
static void an_amount_that_is_too_large_is_the_largest(void **state)
{
    int64_t cents = 77;

    (void)state;
    assert_true(money_parse("92233720368547759.00", &cents));
    assert_true(cents == INT64_MAX);
    assert_true(money_parse("-99999999999999999999999", &cents));
    assert_true(cents == -INT64_MAX);
    assert_false(money_parse("99999999999999999999999x", &cents));
}

/* ---- options ----------------------------------------------------------------- */

static const struct verb simulate = {
    .name = "simulate",
    .summary = "many customers",
    .takes = OPTION_ACCOUNTS | OPTION_THREADS | OPTION_SEED | OPTION_ACKS,
};
static const struct verb repair = {.name = "repair", .takes = OPTION_REPAIR};
static const struct verb deposit = {
    .name = "deposit",
    .takes = OPTION_ACCOUNT | OPTION_AMOUNT,
    .needs = OPTION_ACCOUNT | OPTION_AMOUNT,
};

static const struct verb backup = {
    .name = "backup", .takes = OPTION_FILE, .needs = OPTION_FILE};
static const struct verb operate = {
    .name = "sagas resume",
    .takes = OPTION_ID | OPTION_AFTER | OPTION_POSITION,
    .needs = OPTION_ID | OPTION_AFTER,
};

static struct options options;
static char problem[PROBLEM_SIZE];

/* Read words that are set apart by one space. */
static bool read_words(const struct verb *verb, const char *line)
{
    static char copy[200];
    char *words[20];
    char *rest;
    int count = 0;

    assert_true(strlen(line) < sizeof copy);
    memcpy(copy, line, strlen(line) + 1);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    problem[0] = '\0';
    return options_parse(verb, count, words, &options, problem);
}

static void what_is_not_said_has_its_default(void **state)
{
    (void)state;
    unsetenv("DB_JANGLE_BANKING_PATH");
    assert_true(read_words(&simulate, ""));
    assert_string_equal(options.db, "bank.db");
    assert_int_equal(options.accounts, 200);
    assert_int_equal(options.threads, 8);
    assert_int_equal(options.seed, 1);
    assert_int_equal(options.times, 3);
    assert_null(options.acks);
    assert_false(options.help);
}

static void the_environment_may_name_the_file(void **state)
{
    (void)state;
    setenv("DB_JANGLE_BANKING_PATH", "/elsewhere/bank.db", 1);
    assert_true(read_words(&simulate, ""));
    assert_string_equal(options.db, "/elsewhere/bank.db");
    assert_true(read_words(&simulate, "--db here.db"));
    assert_string_equal(options.db, "here.db");
    setenv("DB_JANGLE_BANKING_PATH", "", 1);
    assert_true(read_words(&simulate, ""));
    assert_string_equal(options.db, "bank.db");
    unsetenv("DB_JANGLE_BANKING_PATH");
}

static void values_follow_a_space_or_an_equals_sign(void **state)
{
    (void)state;
    assert_true(read_words(&simulate, "--seed 7 --threads=3 --acks=a=b --help"));
    assert_int_equal(options.seed, 7);
    assert_int_equal(options.threads, 3);
    assert_string_equal(options.acks, "a=b");
    assert_true(options.help);
    assert_true(read_words(&repair, "--repair"));
    assert_true(options.repair);
    assert_true(read_words(&deposit, "--account 000001 --amount 12.34"));
    assert_int_equal(options.amount, 1234);
    assert_string_equal(options.account, "000001");
}

static void what_makes_no_sense_is_named(void **state)
{
    static const struct {
        const struct verb *verb;
        const char *words;
        const char *problem;
    } wrong[] = {
        {&simulate, "--treads 3", "there is no option --treads; did you mean --threads?"},
        {&simulate, "--account 3",
         "simulate takes no --account; did you mean --accounts?"},
        {&simulate, "--colour 3", "there is no option --colour"},
        {&simulate, "--times 3", "simulate takes no --times"},
        {&deposit, "--accounts 3",
         "deposit takes no --accounts; did you mean --account?"},
        {&simulate, "-x", "'-x' is not an option"},
        {&simulate, "--", "'--' is not an option"},
        {&simulate, "bank.db", "'bank.db' is not an option"},
        {&simulate, "--seed", "--seed lacks its S"},
        {&simulate, "--db", "--db lacks its FILE"},
        {&simulate, "--db=", "--db: is empty"},
        {&simulate, "--seed many", "--seed: 'many' is not a whole number"},
        {&simulate, "--seed 7x", "--seed: '7x' is not a whole number"},
        {&simulate, "--seed=", "--seed: '' is not a whole number"},
        {&simulate, "--threads 0", "--threads: 0 is not in 1..256"},
        {&simulate, "--threads -1", "--threads: -1 is not in 1..256"},
        {&simulate, "--threads 257", "--threads: 257 is not in 1..256"},
        {&simulate, "--seed 9223372036854775808",
         "--seed: 9223372036854775808 is not in 0..9223372036854775807"},
        {&repair, "--repair=yes", "--repair takes no value"},
        {&deposit, "--account 000001", "--amount MONEY is missing"},
        {&deposit, "--amount 1.5",
         "--amount: '1.5' is not an amount such as 12 or 12.34"},
        {&deposit, "--account 1", "--account: '1' is not six digits, such as 000001"},
        {&deposit, "--account 00000x",
         "--account: '00000x' is not six digits, such as 000001"},
        {&deposit, "--account 0000001",
         "--account: '0000001' is not six digits, such as 000001"},
        {&deposit, "--account=", "--account: is empty"},
        {&deposit, "--amount 0", "--amount: 0 is not in 0.01..1000000.00"},
        {&backup, "", "--file FILE is missing"},
        {&backup, "one two", "'two' is a second file"},
        {&backup, "-f", "'-f' is not an option"},
        {&operate, "one", "'one' is not an option"},
        {&operate, "--after 1", "--id ID is missing"},
        {&operate, "--id x --after -1", "--after: -1 is not in 0..1000"},
        {&operate, "--position 0", "--position: 0 is not in 1..9223372036854775807"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_words(wrong[i].verb, wrong[i].words));
        assert_string_equal(problem, wrong[i].problem);
    }
}

static void a_file_needs_no_name_before_it(void **state)
{
    (void)state;
    assert_true(read_words(&backup, "copy.db --db bank.db"));
    assert_string_equal(options.file, "copy.db");
    assert_string_equal(options.db, "bank.db");
    assert_true(read_words(&backup, "--file=copy.db"));
    assert_string_equal(options.file, "copy.db");
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    assert_true(read_words(&deposit, "--help"));
    assert_true(options.help);
}

static void a_long_word_is_taken_whole_or_not_at_all(void **state)
{
    char word[150] = "--";

    (void)state;
    memset(word + 2, 'a', sizeof word - 3);
    assert_false(read_words(&simulate, word));
    assert_non_null(strstr(problem, "is not an option"));
}

static void words_that_differ_a_little_are_alike(void **state)
{
    (void)state;
    assert_int_equal(options_distance("check", "check"), 0);
    assert_int_equal(options_distance("chek", "check"), 1);
    assert_int_equal(options_distance("checks", "check"), 1);
    assert_int_equal(options_distance("cheqk", "check"), 1);
    assert_int_equal(options_distance("hceck", "check"), 2);
    assert_int_equal(options_distance("", "demo"), 4);
    assert_int_equal(options_distance("demo", ""), 4);
}

/* ---- texts ------------------------------------------------------------------- */

static void plain_text_is_told_from_other_bytes(void **state)
{
    static const struct {
        const char *text;
        bool printable;
    } cases[] = {
        {"", true},
        {"Natalie", true},
        {"S\xC3\xB8ren", true},
        {"\xE6\x97\xA5\xE6\x9C\xAC", true},
        {"\xF0\x9F\x92\xB6", true},
        {"\xC2\xA0", true},          /* the first after C1 */
        {"\xED\x9F\xBF", true},      /* the last before the surrogates */
        {"\xEE\x80\x80", true},      /* the first after them */
        {"\xF4\x8F\xBF\xBF", true},  /* the last of all */
        {"\xF4\x90\x80\x80", false}, /* the next one */
        {"\xF8\x88\x80\x80\x80", false},
        {"a\tb", false},
        {"\x1B[2J", false},
        {"\x7F", false},
        {"\xC2\x9B", false}, /* C1 */
        {"\x80", false},     /* a continuation of nothing */
        {"\xC3", false},     /* cut off */
        {"\xC3(", false},
        {"\xE6\x97", false},
        {"\xC0\xAF", false}, /* too long a form */
        {"\xE0\x80\xAF", false},
        {"\xF0\x80\x80\xAF", false},
        {"\xED\xA0\x80", false}, /* a surrogate */
        {"\xFF", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_is_printable(cases[i].text, strlen(cases[i].text)),
                         cases[i].printable);
    assert_false(text_is_printable("a\0b", 3));
    assert_true(text_is_printable("S\xC3\xB8", 3));
    assert_false(text_is_printable("S\xC3\xB8", 2));
}

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(text_count_characters(""), 0);
    assert_int_equal(text_count_characters("S\xC3\xB8ren"), 5);
    assert_int_equal(text_count_characters("\xF0\x9F\x92\xB6"), 1);
}

/* ---- tables and help --------------------------------------------------------- */

static FILE *page;
static char *text;
static size_t length;

static int open_page(void **state)
{
    (void)state;
    page = open_memstream(&text, &length);
    return page ? 0 : -1;
}

static int close_page(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void a_table_has_straight_edges(void **state)
{
    static const struct table_column columns[] = {
        {"name", -6}, {"balance", 8}, {"note", -4}, {0}};

    (void)state;
    table_head(page, columns);
    table_row(page, columns, "Søren", "1.00", "-");
    table_row(page, columns, "Bartholomew", "-10.00", "\x1B[2J");
    fclose(page);
    assert_string_equal(text,
                        "  name     balance  note\n"
                        "  ------  --------  ----\n"
                        "  Søren       1.00  -\n"
                        "  Bartholomew    -10.00  ?[2J\n");
}

static void help_tells_ranges_and_defaults(void **state)
{
    (void)state;
    unsetenv("DB_JANGLE_BANKING_PATH");
    options_help(page, &simulate);
    options_help(page, &deposit);
    fclose(page);
    assert_non_null(strstr(text, "bank simulate: many customers\n"));
    assert_non_null(strstr(text, "--db FILE         where the bank is kept (bank.db)\n"));
    assert_non_null(
        strstr(text, "--threads N       threads that send them, 1 to 256 (8)\n"));
    assert_non_null(strstr(text, "--amount MONEY    as in 12.34 (needed)\n"));
    assert_non_null(strstr(text, "--help            print this\n"));
    assert_null(strstr(text, "--times"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cents_become_a_text),
        cmocka_unit_test(an_amount_that_is_too_large_is_the_largest),
        cmocka_unit_test(a_text_becomes_cents),
        cmocka_unit_test(other_texts_are_no_money),
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(the_environment_may_name_the_file),
        cmocka_unit_test(values_follow_a_space_or_an_equals_sign),
        cmocka_unit_test(what_makes_no_sense_is_named),
        cmocka_unit_test(a_file_needs_no_name_before_it),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(a_long_word_is_taken_whole_or_not_at_all),
        cmocka_unit_test(words_that_differ_a_little_are_alike),
        cmocka_unit_test(plain_text_is_told_from_other_bytes),
        cmocka_unit_test(characters_are_counted_not_bytes),
        cmocka_unit_test_setup_teardown(a_table_has_straight_edges, open_page,
                                        close_page),
        cmocka_unit_test_setup_teardown(help_tells_ranges_and_defaults, open_page,
                                        close_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
