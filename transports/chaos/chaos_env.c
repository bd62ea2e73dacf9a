/* chaos_env.c - faults as the environment variables of petisco describe them. */
#include <jangle/plugin/support.h>
#include <jangle/transport/chaos.h>

#include <stdlib.h>

/* The longest delay that can be set: a year. */
#define LONGEST_SECONDS (366.0 * 24 * 3600)

enum number { REFUSE, GIVE_BACK, FAIL, DELAY, NUMBER_COUNT };

/* A number has one name or two. */
static const struct variable {
    const char *names[2];
    double most;
    const char *what;
} variables[NUMBER_COUNT] = {
    [REFUSE] = {{"PETISCO_CHAOS_PERCENTAGE_INVALID_MESSAGE_PUBLICATION"},
                1,
                "a probability between 0 and 1"},
    [GIVE_BACK] = {{"MESSAGE_CHAOS_PERCENTAGE_SIMULATE_NACK",
                    "EVENT_CHAOS_PERCENTAGE_SIMULATE_NACK"},
                   1,
                   "a probability between 0 and 1"},
    [FAIL] = {{"MESSAGE_CHAOS_PERCENTAGE_SIMULATE_FAILURES",
               "EVENT_CHAOS_PERCENTAGE_SIMULATE_FAILURES"},
              1,
              "a probability between 0 and 1"},
    [DELAY] = {{"MESSAGE_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS",
                "EVENT_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS"},
               LONGEST_SECONDS,
               "a number of seconds, of a year at most"},
};

static const char *const route_names[2] = {"MESSAGE_CHAOS_PROTECTED_ROUTING_KEYS",
                                           "EVENT_CHAOS_PROTECTED_ROUTING_KEYS"};

/* NULL: it is not set, or empty. */
static const char *read_variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;

    return value && *value ? value : NULL;
}

static enum jangle_result fail_differing(struct jangle_error *error,
                                         const char *const names[2])
{
    return jangle_error_set(error, JANGLE_INVALID,
                            "%s and %s are both set, and differ: set one of them",
                            names[0], names[1]);
}

/* ---- numbers ------------------------------------------------------------------- */

/* "0.25". The functions of C would take the decimal point from the locale. */
static bool parse_number(const char *text, double *number)
{
    double scale = 1;
    bool digits = false, fraction = false;

    *number = 0;
    for (; *text; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        digits = true;
        *number = *number * 10 + (*text - '0');
        scale *= fraction ? 10 : 1;
    }
    *number /= scale;
    return digits;
}

static enum jangle_result
read_number(const struct variable *variable, double *number, struct jangle_error *error)
{
    double found[2];
    bool known[2] = {false, false};

    for (int i = 0; i < 2; i++) {
        const char *text = read_variable(variable->names[i]);

        if (!text)
            continue;
        known[i] = parse_number(text, &found[i]) && found[i] <= variable->most;
        if (!known[i])
            return jangle_error_set(error, JANGLE_INVALID, "%s is \"%s\", and must be %s",
                                    variable->names[i], JN_SHOWN(60, text),
                                    variable->what);
    }
    if (known[0] && known[1] && (found[0] < found[1] || found[0] > found[1]))
        return fail_differing(error, variable->names);
    if (known[0] || known[1])
        *number = found[known[0] ? 0 : 1];
    return JANGLE_OK;
}

/* ---- routes -------------------------------------------------------------------- */

/* A name without the spaces around it; NULL if nothing is left. */
static const char *trim(char *name)
{
    size_t end;

    name += strspn(name, " \t");
    for (end = strlen(name); end && (name[end - 1] == ' ' || name[end - 1] == '\t');)
        name[--end] = '\0';
    return *name ? name : NULL;
}

/* Cut a list at its commas. */
static void split_names(char *names, const char **spared)
{
    size_t count = 0;
    char *next;

    for (; names; names = next) {
        next = strchr(names, ',');
        if (next)
            *next++ = '\0';
        spared[count] = trim(names);
        count += spared[count] != NULL;
    }
    spared[count] = NULL;
}

static enum jangle_result read_routes(char names[JANGLE_CHAOS_NAMES_SIZE],
                                      const char **spared,
                                      bool *found,
                                      struct jangle_error *error)
{
    const char *one = read_variable(route_names[0]),
               *other = read_variable(route_names[1]);
    const char *text = one ? one : other;

    if (one && other && strcmp(one, other) != 0)
        return fail_differing(error, route_names);
    *found = text != NULL;
    if (!text)
        return JANGLE_OK;
    if (strlen(text) >= JANGLE_CHAOS_NAMES_SIZE - 1)
        return jangle_error_set(error, JANGLE_INVALID,
                                "%s has %zu bytes, and may have %d",
                                one ? route_names[0] : route_names[1], strlen(text),
                                JANGLE_CHAOS_NAMES_SIZE - 2);
    memcpy(names, text, strlen(text) + 1);
    split_names(names, spared);
    return JANGLE_OK;
}

enum jangle_result jangle_chaos_from_env(struct jangle_chaos *chaos,
                                         char names[JANGLE_CHAOS_NAMES_SIZE],
                                         const char *spared[JANGLE_CHAOS_NAMES_SIZE / 2],
                                         struct jangle_error *error)
{
    double numbers[NUMBER_COUNT] = {
        [REFUSE] = chaos->refuse,
        [GIVE_BACK] = chaos->give_back,
        [FAIL] = chaos->fail,
        [DELAY] = -1,
    };
    bool has_routes = false;
    enum jangle_result result = JANGLE_OK;

    for (int i = 0; i < NUMBER_COUNT && !result; i++)
        result = read_number(&variables[i], &numbers[i], error);
    if (!result)
        result = read_routes(names, spared, &has_routes, error);
    if (result)
        return result;
    chaos->refuse = numbers[REFUSE];
    chaos->give_back = numbers[GIVE_BACK];
    chaos->fail = numbers[FAIL];
    if (numbers[DELAY] >= 0)
        chaos->delay_ms = (int64_t)(numbers[DELAY] * 1000 + 0.5);
    if (has_routes)
        chaos->spared = spared;
    return JANGLE_OK;
}
