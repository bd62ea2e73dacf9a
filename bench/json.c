/* json.c - what was measured, in a file for programs. */
#include "machine.h"
#include "peers/about.h"
#include "report.h"
#include "targets.h"

#include <errno.h>
#include <jangle/jangle.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c < 0x20)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}

static void write_member(FILE *file, const char *name, const char *text)
{
    fprintf(file, "  \"%s\": ", name);
    write_text(file, text);
    fprintf(file, ",\n");
}

static void write_number(FILE *file, double number)
{
    if (isfinite(number))
        fprintf(file, "%.10g", number);
    else
        fprintf(file, "null");
}

/* Of one figure: a number a round, the middle and the ends. */
static void write_figure(FILE *file,
                         const struct measured *measured,
                         const char *name,
                         figure_fn *figure)
{
    struct spread spread = measure_spread(measured, figure);

    fprintf(file, "\"%s\": {\"values\": [", name);
    for (int i = 0; i < measured->rounds; i++) {
        fprintf(file, i ? ", " : "");
        write_number(file, figure(&measured->samples[i]));
    }
    fprintf(file, "], \"median\": ");
    write_number(file, spread.median);
    fprintf(file, ", \"min\": ");
    write_number(file, spread.least);
    fprintf(file, ", \"max\": ");
    write_number(file, spread.most);
    fprintf(file, "},\n      ");
}

static void write_counts(FILE *file, const struct measured *measured)
{
    static const char *const names[COUNTS] = {[COUNT_INSTRUCTIONS] = "instructions",
                                              [COUNT_CALLS] = "system_calls",
                                              [COUNT_SYNCS] = "syncs"};

    fprintf(file, "\"counts\": {");
    for (int i = 0; i < COUNTS; i++) {
        fprintf(file, "%s\"%s\": ", i ? ", " : "", names[i]);
        write_number(file, measured->counts[i]);
    }
    fprintf(file, "}");
}

static void write_measured(FILE *file, const char *name, const struct measured *measured)
{
    static const struct {
        const char *name;
        figure_fn *figure;
    } figures[] = {
        {"rate", figure_rate},
        {"syncs", figure_syncs},
        {"bytes", figure_bytes},
        {"longest_ms", figure_longest_ms},
        {"share_percent", figure_share},
        {"processor_us", figure_processor_us},
        {"typical_ms", figure_typical_ms},
        {"rare_ms", figure_rare_ms},
        {"rarest_ms", figure_rarest_ms},
        {"fairness", figure_fairness},
        {"hits_percent", figure_hits},
        {"stolen_percent", figure_stolen},
        {"written", figure_written},
        {"value", figure_value},
    };

    fprintf(file, ",\n     \"%s\": ", name);
    if (!measured->rounds) {
        fprintf(file, "null");
        return;
    }
    fprintf(file, "{\n      ");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        write_figure(file, measured, figures[i].name, figures[i].figure);
    write_counts(file, measured);
    fprintf(file, "}");
}

static void write_about(FILE *file, const struct measurement *measurement)
{
    const struct options *options = measurement->options;
    char date[32], processor[PROCESSOR_SIZE];
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    machine_processor(processor);
    write_member(file, "date", date);
    write_member(file, "jangle", jangle_version());
    write_member(file, "sqlite", sqlite3_libversion());
    write_member(file, "build", machine_build());
    write_member(file, "processor", processor);
    write_member(file, "file_system", machine_file_system(options->directory));
    write_member(file, "program", measurement->programs[HERE]);
    if (measurement->programs[THERE])
        write_member(file, "against", measurement->programs[THERE]);
    fprintf(file, "  \"rounds\": %d,\n  \"seconds\": ", options->rounds);
    write_number(file, options->seconds);
}

/* What a target came to, on one line, which scripts/performance-table reads; `ok` is null
 * if it is neither reached nor missed. */
static void write_target(FILE *file,
                         const struct target *target,
                         const struct measurement *measurement,
                         const struct finding *finding)
{
    static const char *const words[] = {[TARGET_REACHED] = "true",
                                        [TARGET_MISSED] = "false",
                                        [TARGET_NOISY] = "null",
                                        [TARGET_NONE] = "null"};
    const struct result *beside = measure_find(measurement, target->beside);
    char unit[32];

    fprintf(file, "{\"name\": \"%s\", \"value\": ", target->name);
    write_number(file, finding->value);
    fprintf(file,
            ", \"unit\": \"%s\", \"baseline\": ", target_unit(target, measurement, unit));
    write_number(file, finding->baseline);
    fprintf(file, ", \"ratio\": ");
    write_number(file, finding->ratio);
    fprintf(file, ", \"target\": ");
    write_number(file, target->bound == REPORTED ? NAN : target->wanted);
    fprintf(file, ", \"ok\": %s, \"bound\": \"%s\", \"what\": \"%s\",",
            words[finding->outcome], target->bound == AT_MOST ? "at most" : "at least",
            target->figure->what);
    if (target->or_below > 0)
        fprintf(file, " \"or_below\": %g,", target->or_below);
    fprintf(file, " \"row\": \"%s\", \"beside\": \"%s\", \"noisy\": %s", target->row,
            target->beside ? target->beside : "",
            finding->outcome == TARGET_NOISY ? "true" : "false");
    if (beside && beside->row->peer)
        fprintf(file, ", \"peer\": \"%s\"", beside->row->peer->name);
    fputc('}', file);
}

static void write_targets(FILE *file, const struct measurement *measurement)
{
    struct finding finding;
    const char *between = "";

    for (size_t i = 0; i < targets.count; i++) {
        if (!target_find(&targets.items[i], measurement, &finding))
            continue;
        fprintf(file, "%s\n    ", between);
        write_target(file, &targets.items[i], measurement, &finding);
        between = ",";
    }
}

/* On one line each, which scripts/performance-table reads. */
static void write_peers(FILE *file, const struct measurement *measurement)
{
    const struct peer *peers[ABOUT_PEERS_MAX];
    char version[PEER_VERSION_SIZE], settings[ABOUT_SETTINGS_SIZE];
    int count = about_peers(measurement, peers);

    for (int i = 0; i < count; i++) {
        peers[i]->version(version);
        about_settings(peers[i], settings);
        fprintf(file, "%s\n    {\"peer\": \"%s\", \"version\": ", i ? "," : "",
                peers[i]->name);
        write_text(file, version);
        fprintf(file, ", \"settings\": ");
        write_text(file, settings);
        fprintf(file, ", \"durability\": ");
        write_text(file, peers[i]->durability);
        fprintf(file, "}");
    }
}

static const char *const kinds[] = {
    [BENCH_RATE] = "rate", [BENCH_FIXED] = "fixed", [BENCH_MESSAGES] = "messages"};

bool report_write_json(const struct measurement *measurement, const char *path)
{
    FILE *file = fopen(path, "w");
    bool failed;

    if (!file)
        return false;
    fprintf(file, "{\n");
    write_about(file, measurement);
    fprintf(file, ",\n  \"rows\": [");
    write_targets(file, measurement);
    fprintf(file, "\n  ],\n  \"peers\": [");
    write_peers(file, measurement);
    fprintf(file, "\n  ],\n  \"measured\": [");
    for (size_t i = 0; i < measurement->count; i++) {
        const struct result *result = &measurement->results[i];

        fprintf(file,
                "%s\n    {\"row\": \"%s\", \"group\": \"%s\", \"unit\": \"%s/s\",\n"
                "     \"kind\": \"%s\"",
                i ? "," : "", result->row->name, result->row->group, result->row->unit,
                kinds[result->row->kind]);
        for (int by = 0; by < PROGRAMS; by++)
            if (measurement->programs[by])
                write_measured(file, by == HERE ? "here" : "there", &result->by[by]);
        fprintf(file, "}");
    }
    fprintf(file, "\n  ]\n}\n");
    failed = ferror(file);
    return !fclose(file) && !failed;
}
