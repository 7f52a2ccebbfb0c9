/* The linearizability checker on generated histories: clients back to back on one register, half of
 * the operations reads, the rest writes and compare-and-sets of the values 0 to 4, or writes of
 * values that are all different.  An operation takes effect at some moment between its begin and
 * its end, so every history is legal.
 *
 *     linear-check [STEPS_MAX [WINDOW]]
 *     linear-check --model MODEL HISTORY…    the same of files: the checks alone, without reading
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "archive/archive.h"
#include "base/random.h"
#include "verify/linear.h"
#include "verify/linear_stream.h"

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

enum { CLIENTS_MAX = 64, RUNS = 5 };

struct load {
    const char *name;
    size_t count;
    unsigned clients;
    bool unique;
};

static struct linear_value value_of(uint64_t number)
{
    return linear_bytes(cs_bytes_of(&number, sizeof number));
}

static void ask(struct linear_op *op, struct random_stream *random, uint64_t place, bool unique)
{
    uint64_t what = random_below(random, 4);
    *op = (struct linear_op){ .invoked = place, .returned = LINEAR_NEVER };
    op->kind = what < 2 ? LINEAR_READ : what == 2 || unique ? LINEAR_WRITE : LINEAR_CAS;
    op->value = unique ? value_of(place) : value_of(random_below(random, 5));
    op->seen = op->kind == LINEAR_CAS ? value_of(random_below(random, 5)) : linear_nothing();
}

static void take_effect(struct linear_op *op, struct linear_value *state)
{
    if (op->kind == LINEAR_READ) {
        op->seen = *state;
        op->value = linear_nothing();
    } else if (op->kind == LINEAR_CAS) {
        op->outcome = linear_same(*state, op->seen) ? LINEAR_YES : LINEAR_NO;
    }
    if (op->kind == LINEAR_WRITE || op->outcome == LINEAR_YES)
        *state = op->value;
}

/* Each client asks, its operation takes effect, it returns; in an order that is drawn. */
static void generate(const struct load *load, struct linear_op *ops)
{
    struct random_stream random = random_stream_of(1);
    struct linear_value state = linear_nothing();
    struct {
        size_t op;
        unsigned stage;
    } clients[CLIENTS_MAX] = { { 0, 0 } };
    size_t count = 0;
    uint64_t place = 0;
    for (size_t ended = 0; ended < load->count;) {
        size_t c = random_below(&random, load->clients);
        if (clients[c].stage == 0 && count == load->count)
            continue;
        switch (clients[c].stage++) {
        case 0:
            clients[c].op = count;
            ask(&ops[count], &random, place++, load->unique);
            ops[count++].client = (uint32_t)c;
            break;
        case 1:
            take_effect(&ops[clients[c].op], &state);
            break;
        default:
            ops[clients[c].op].returned = place++;
            clients[c].stage = 0;
            ended++;
        }
    }
}

/* The best of a few runs in ns; *ret_report is the last one's, and the caller's. */
static double best_of(const struct linear_model *model, const struct linear_options *options,
                      struct linear_op *ops, size_t count, struct linear_report *ret_report)
{
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        if (run > 0)
            linear_report_done(ret_report);
        double from = now_ns();
        linear_check(model, options, ops, count, ret_report);
        double took = now_ns() - from;
        best = run == 0 || took < best ? took : best;
        if (took > 2e9)
            break;
    }
    return best;
}

/* The operations' events in their order: an operation, times two, plus one for its end. */
static size_t *events_of(const struct linear_op *ops, size_t count)
{
    size_t *events = malloc(2 * count * sizeof *events);
    cs_assert(events != NULL);
    for (size_t i = 0; i < count; i++) {
        events[ops[i].invoked] = 2 * i;
        events[ops[i].returned] = 2 * i + 1;
    }
    return events;
}

/* The most bytes that are held at a time. */
static size_t tell(struct linear_stream *stream, const struct linear_op *ops, const size_t *events,
                   size_t count)
{
    static uint32_t numbers[CLIENTS_MAX];
    size_t largest = 0;
    for (size_t i = 0; i < 2 * count; i++) {
        const struct linear_op *op = &ops[events[i] / 2];
        if (events[i] % 2 == 0) {
            numbers[op->client] = linear_stream_begin(stream, op);
        } else {
            linear_stream_end(stream, numbers[op->client], op);
        }
        size_t size = i % 256 == 0 ? linear_stream_size(stream) : 0;
        largest = size > largest ? size : largest;
    }
    return largest;
}

/* The same told as it happens. */
static void measure_stream(const struct load *load, const struct linear_options *options)
{
    struct linear_op *ops = malloc(load->count * sizeof *ops);
    cs_assert(ops != NULL);
    generate(load, ops);
    size_t *events = events_of(ops, load->count), largest = 0;
    struct linear_report report;
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        double from = now_ns();
        struct linear_stream *stream =
            linear_stream_new(linear_model_find("cas-register"), options);
        largest = tell(stream, ops, events, load->count);
        linear_stream_finish(stream, &report);
        linear_stream_free(stream);
        double took = now_ns() - from;
        best = run == 0 || took < best ? took : best;
    }
    printf("%-28s %-8s %8.1f ms  %6.0f ns/op  %10" PRIu64 " steps  %7" PRIu64
           " configurations  %5zu KB held, told as it happens\n",
           load->name, linear_verdict_name(report.verdict), best / 1e6, best / (double)load->count,
           report.steps, report.configurations, largest / 1024);
    free(events);
    free(ops);
}

static void measure(const struct load *load, const struct linear_options *options)
{
    struct linear_op *ops = malloc(load->count * sizeof *ops);
    cs_assert(ops != NULL);
    generate(load, ops);
    struct linear_report report;
    double best = best_of(linear_model_find("cas-register"), options, ops, load->count, &report);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-28s %-8s %8.1f ms  %6.0f ns/op  %10" PRIu64 " steps  %7" PRIu64
           " configurations  %5ld MB so far\n",
           load->name, linear_verdict_name(report.verdict), best / 1e6, best / (double)load->count,
           report.steps, report.configurations, usage.ru_maxrss / 1024);
    linear_report_done(&report);
    free(ops);
}

static int measure_files(const struct linear_model *model, char **paths)
{
    double total = 0, longest = 0;
    size_t files = 0, verdicts[LINEAR_UNKNOWN + 1] = { 0 };
    for (; *paths != NULL; paths++, files++) {
        struct archive archive;
        struct archive_problem problem;
        if (!archive_read(&archive, *paths, model, &problem)) {
            fprintf(stderr, "%s: %s\n", *paths, text_string(&problem.text));
            return 2;
        }
        struct linear_report report;
        const struct linear_options options = { .places = archive.places };
        double best = best_of(model, &options, archive.ops, archive.count, &report);
        total += best;
        longest = best > longest ? best : longest;
        verdicts[report.verdict]++;
        linear_report_done(&report);
        text_done(&problem.text);
        archive_done(&archive);
    }
    printf("%zu files: %.3f ms, the longest %.3f ms; %zu ok, %zu illegal, %zu unknown\n", files,
           total / 1e6, longest / 1e6, verdicts[LINEAR_OK], verdicts[LINEAR_ILLEGAL],
           verdicts[LINEAR_UNKNOWN]);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct load loads[] = {
        { "100,000 cas, 5 clients", 100000, 5, false },
        { "10,000 cas, 20 clients", 10000, 20, false },
        { "100,000 unique, 5 clients", 100000, 5, true },
        { "10,000 unique, 20 clients", 10000, 20, true },
        { "1,000,000 unique, 20 clients", 1000000, 20, true },
    };
    const struct linear_model *model = NULL;
    if (argc > 3 && strcmp(argv[1], "--model") == 0)
        model = linear_model_find(argv[2]);
    if (model != NULL)
        return measure_files(model, argv + 3);
    const struct linear_options options = {
        .steps_max = argc > 1 ? strtoull(argv[1], NULL, 0) : 0,
        .window = argc > 2 ? strtoull(argv[2], NULL, 0) : 0,
    };
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
        measure(&loads[i], &options);
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
        measure_stream(&loads[i], &options);
    return 0;
}
