/* One run, from the first event to the verdict.
 *
 * The load goes on through the settling time; then it stops, what is open ends or meets its
 * deadline, replicas get the time that a scenario gives them to become equal, every key is read
 * once, and the oracles judge what they kept for the end. */
#include "command/simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "command/command.h"
#include "command/exits.h"
#include "command/interrupt.h"
#include "command/judge/judge.h"
#include "command/judge/stuck.h"
#include "fault/timeline.h"
#include "host/describe.h"
#include "host/narrate.h"
#include "load/workload.h"
#include "measure/samples.h"
#include "verify/oracle.h"

/* ---- While it runs ----------------------------------------------------------------------------
 */

static bool stop_is_allowed(const struct plan *plan, uint32_t instance, const char *reason)
{
    cs_assert(instance < plan->cluster.instance_count);
    const char *const *allowed = plan->allowed_stops[plan->cluster.instances[instance].group];
    return allowed != NULL && g_strv_contains(allowed, reason);
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    struct simulation *simulation = self;
    if (end != END_STOPPED || stop_is_allowed(simulation->plan, instance, reason))
        return;
    simulation_add_finding(simulation, VERDICT_VIOLATION, "stopped", at_ns, "%s stopped itself: %s",
                           simulation->plan->cluster.instances[instance].name, reason);
}

/* What a failed assertion prints about the run that is under way.  Then the process ends as after
 * any other internal error: what a core file would tell, the replay command tells too. */
static void on_assertion(void *argument)
{
    const struct simulation *simulation = argument;
    fprintf(stderr,
            "seed 0x%016" G_GINT64_MODIFIER "x, at %" G_GUINT64_FORMAT " ns; the last events:\n",
            simulation->plan->seed, cluster_now(simulation->cluster));
    describe_last(simulation->cluster, 20, stderr);
    if (simulation->replay != NULL)
        fprintf(stderr, "again: %s\n", simulation->replay);
    if (simulation->on_failure != NULL)
        simulation->on_failure(simulation->failure_argument, simulation);
    fflush(NULL);
    _exit(EXIT_INTERNAL);
}

/* The latest run of those whose simulation is there: an assertion may fail after a run too, when
 * its results are made. */
static struct simulation *watched;

#if !defined(__SANITIZE_ADDRESS__)
enum { FATAL_STACK_SIZE = 1 << 18, LAST_WORDS_S = 10 };

/* Of which run a fatal signal is being told. */
static const struct simulation *dying;

/* A program that reads or writes where it must not, runs out of stack or has its heap found damaged
 * takes the process with it; not silently.  What went before may have left nothing to tell more
 * with: whatever goes wrong in the telling, or hangs in it, the command is still said. */
static void on_fatal_signal(int number)
{
    if (dying != NULL) {
        fprintf(stderr, "again: %s\n", dying->replay != NULL ? dying->replay : "unknown");
        _exit(EXIT_INTERNAL);
    }
    dying = watched;
    if (dying == NULL) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    alarm(LAST_WORDS_S);
    if (number == SIGPROF) {
        fprintf(stderr, "%s: asked to stop, but a program's handler does not return\n",
                dying->plan->name);
    } else {
        fprintf(stderr, "%s: fatal signal %d (%s)\n", dying->plan->name, number, strsignal(number));
    }
    on_assertion(watched);
}

/* On a stack of their own, since the other may be what is used up. */
static void catch_fatal_signals(void)
{
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGPROF };
    static char space[FATAL_STACK_SIZE];
    const stack_t stack = { .ss_sp = space, .ss_size = sizeof space };
    sigaltstack(&stack, NULL);
    struct sigaction action = { .sa_handler = watched != NULL ? on_fatal_signal : SIG_DFL,
                                .sa_flags = SA_ONSTACK | SA_NODEFER };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}
#else
/* The sanitizer has handlers of its own, which say more. */
static void catch_fatal_signals(void) {}
#endif

/* A program that calls exit() would end the run without a verdict, and with the status it likes. */
static void on_exit_of_a_program(const char *function)
{
    if (watched == NULL)
        return;
    fprintf(stderr, "%s: a program has called %s(); it stops itself by cs_stop()\n",
            watched->plan->name, function);
    on_assertion(watched);
}

static void on_exit_at_last(void) { on_exit_of_a_program("exit"); }

static void set_watched(struct simulation *simulation)
{
    static bool registered;
    if (!registered)
        atexit(on_exit_at_last);
    registered = true;
    watched = simulation;
    exits_watch(simulation != NULL ? on_exit_of_a_program : NULL);
    assert_set_hook(simulation != NULL ? on_assertion : NULL, simulation);
    catch_fatal_signals();
}

static void watch(struct simulation *simulation)
{
    simulation->watched_before = watched;
    set_watched(simulation);
}

static void unwatch(const struct simulation *simulation)
{
    struct simulation **link = &watched;
    while (*link != simulation) {
        cs_assert(*link != NULL);
        link = &(*link)->watched_before;
    }
    *link = simulation->watched_before;
    set_watched(watched);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* A slice takes a few milliseconds at most, however little simulated time passes in it. */
enum { SLICE_WORK = 4096, SLICE_PACED_NS = 100000000 };

static bool is_interrupted(const struct simulation_options *options)
{
    return options->interrupted != NULL && *options->interrupted != 0;
}

/* What stops at where the run is. */
static void call_stops(struct cluster *cluster, const struct simulation_options *options)
{
    for (size_t i = 0; i < options->stop_count; i++) {
        struct simulation_stop *stop = &options->stops[i];
        bool there = stop->event > 0 ? cluster_events(cluster) + 1 >= stop->event
                                     : cluster_now(cluster) >= stop->at_ns;
        if (there && !stop->reached) {
            stop->reached = true;
            stop->on_stop(stop->argument, cluster);
        }
    }
}

/* How far it goes before the next stop. */
static void limit_to_stops(const struct cluster *cluster, const struct simulation_options *options,
                           uint64_t *until_ns, uint64_t *work)
{
    for (size_t i = 0; i < options->stop_count; i++) {
        const struct simulation_stop *stop = &options->stops[i];
        if (!stop->reached && stop->event > 0) {
            cs_assert(stop->event > cluster_events(cluster));
            uint64_t left = stop->event - 1 - cluster_events(cluster);
            *work = MIN(*work, cluster_work(cluster) + left);
        } else if (!stop->reached) {
            *until_ns = MIN(*until_ns, stop->at_ns);
        }
    }
}

/* As cluster_run(), but for stops and a break on the way. */
static bool advance(struct cluster *cluster, const struct simulation_options *options,
                    uint64_t until_ns, uint64_t work_max)
{
    if (options->pace != NULL)
        return options->pace(options->pace_argument, until_ns);
    for (;;) {
        call_stops(cluster, options);
        uint64_t until = until_ns, work = work_max;
        limit_to_stops(cluster, options, &until, &work);
        bool there = options->break_event > 0
                         ? cluster_run_breaking(cluster, until, work, options->break_event)
                         : cluster_run(cluster, until, work);
        bool halted = !there && cluster_work(cluster) < work;
        if (halted || (there && until == until_ns) || (!there && work == work_max)) {
            call_stops(cluster, options);
            return there;
        }
    }
}

/* Run up to `until_ns` in slices, so that progress shows and an interruption is noticed.  Where
 * they end depends on the run alone, and so does where a limit ends it. */
static bool run_until(struct simulation *simulation, const struct simulation_options *options,
                      uint64_t until_ns)
{
    uint64_t end_ns = simulation->plan->duration_ns + simulation->plan->settle_ns;
    uint64_t work_max = simulation->plan->events_max;
    struct cluster *cluster = simulation->cluster;
    while (cluster_now(cluster) < until_ns) {
        uint64_t work = MIN(work_max, cluster_work(cluster) + SLICE_WORK);
        uint64_t slice_ns = options->pace != NULL ? SLICE_PACED_NS : UINT64_MAX;
        uint64_t left_ns = until_ns - cluster_now(cluster);
        interrupt_guard(options->pace == NULL);
        bool there = advance(cluster, options, cluster_now(cluster) + MIN(left_ns, slice_ns), work);
        interrupt_guard(false);
        if (options->narration != NULL)
            narration_trim(options->narration);
        bool halted = !there && (options->pace != NULL || cluster_work(cluster) < work);
        bool limited = !there && (work == work_max || judge_fires_too_often(simulation));
        if (halted || limited || is_interrupted(options))
            return false;
        if (options->on_progress != NULL)
            options->on_progress(options->argument, cluster_now(cluster), end_ns);
    }
    return true;
}

/* Until nothing is open.  Every operation has a deadline, so this ends. */
static bool run_until_idle(struct simulation *simulation, const struct simulation_options *options)
{
    while (load_open_count(simulation->load) > 0) {
        uint64_t next = cluster_now(simulation->cluster) + 100000000u;
        if (!run_until(simulation, options, next))
            return false;
    }
    return true;
}

/* Past the heal, up to where liveness is judged: then it shows what is stuck, if anything is. */
static bool run_past_heal(struct simulation *simulation, const struct simulation_options *options)
{
    const struct plan *plan = simulation->plan;
    uint64_t limit_ns = plan->duration_ns + MIN(plan->liveness.progress_within_ns, plan->settle_ns);
    if (!run_until(simulation, options, plan->duration_ns))
        return false;
    uint64_t *commits = stuck_mark(simulation->cluster);
    bool reached = run_until(simulation, options, limit_ns);
    bool stuck = reached && plan->liveness.enabled &&
                 judge_answered(simulation->history, plan->duration_ns, limit_ns) == 0;
    if (stuck)
        stuck_describe(simulation->cluster, commits, &simulation->stuck);
    free(commits);
    return reached;
}

/* Until all replicas are equal, or the time that the scenario gives them is over. */
static bool run_until_at_rest(struct simulation *simulation,
                              const struct simulation_options *options)
{
    enum { STEP_NS = 10000000 };
    uint64_t since = cluster_now(simulation->cluster);
    uint64_t until = since + simulation->plan->convergence.within_ns;
    if (!simulation->plan->convergence.enabled)
        return true;
    for (uint64_t now = since; !verifier_at_rest(simulation->verifier, since, now, now == until);) {
        if (now == until)
            break;
        now = MIN(now + STEP_NS, until);
        if (!run_until(simulation, options, now))
            return false;
    }
    return true;
}

static bool run_all(struct simulation *simulation, const struct simulation_options *options)
{
    const struct plan *plan = simulation->plan;
    if (!run_past_heal(simulation, options))
        return false;
    if (!run_until(simulation, options, plan->duration_ns + plan->settle_ns))
        return false;
    load_stop(simulation->load);
    if (!run_until_idle(simulation, options))
        return false;
    if (!run_until_at_rest(simulation, options))
        return false;
    load_final_reads(simulation->load);
    return run_until_idle(simulation, options);
}

/* ---- The whole ------------------------------------------------------------------------------- */

enum { ORACLE_TYPES_MAX = 64 };

static void enabled_oracles(const struct plan *plan, bool *ret_enabled)
{
    for (size_t t = 0; oracle_types[t] != NULL; t++) {
        cs_assert(t < ORACLE_TYPES_MAX);
        ret_enabled[t] = plan->checks[t].enabled;
    }
}

struct simulation *simulation_run(const struct plan *plan, const struct simulation_options *options)
{
    struct simulation *simulation = g_new0(struct simulation, 1);
    simulation->plan = plan;
    simulation->on_failure = options->on_failure;
    simulation->failure_argument = options->failure_argument;
    simulation->replay = g_strdup(options->replay);
    simulation->findings = judge_new_findings();
    simulation->cluster = cluster_new(&plan->cluster);
    if (options->on_begin != NULL)
        options->on_begin(options->begin_argument, plan, simulation->cluster);
    if (options->narration != NULL)
        cluster_narrate(simulation->cluster, &options->narration->text, NULL);
    bool enabled[ORACLE_TYPES_MAX] = { false };
    enabled_oracles(plan, enabled);
    simulation->verifier = verifier_new(simulation->cluster, enabled);
    struct cluster_observer observer = { .self = simulation, .on_end = on_end };
    cluster_observe(simulation->cluster, &observer);
    simulation->history = history_new();
    simulation->load = load_new(simulation->cluster, plan->seed, plan->workloads,
                                plan->workload_count, simulation->history);
    simulation->timeline_options = (struct timeline_options){
        .seed = plan->seed,
        .faults = plan->faults,
        .fault_count = plan->fault_count,
        .nemesis = plan->nemesis,
        .warmup_ns = plan->warmup_ns,
        .heal_at_ns = plan->duration_ns,
        .heal = plan->heal,
    };
    simulation->timeline = timeline_new(simulation->cluster, &simulation->timeline_options);
    simulation->samples =
        samples_new(simulation->cluster, plan->window_ns, plan->duration_ns + plan->settle_ns);

    watch(simulation);
    bool complete = run_all(simulation, options);
    bool interrupted = is_interrupted(options);
    simulation->end_ns = cluster_now(simulation->cluster);
    simulation->digest = cluster_digest(simulation->cluster);
    verifier_finish(simulation->verifier, simulation->end_ns, simulation->history);
    judge(simulation, complete, interrupted);
    return simulation;
}

void simulation_report(struct simulation *simulation, struct run_report *report)
{
    cs_assert(simulation->judged);
    run_report_init(report, simulation->plan, simulation->cluster, simulation->history,
                    simulation->samples, simulation->timeline, simulation->verifier);
    struct report_check liveness = simulation_liveness(simulation);
    run_report_add_check(report, &liveness);
    struct report_check linearizable = simulation_linearizable(simulation);
    run_report_add_check(report, &linearizable);
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        struct report_check weak = simulation_weak(simulation, (enum weak_model)m);
        if (weak.enabled)
            run_report_add_check(report, &weak);
    }
}

void simulation_free(struct simulation *simulation)
{
    if (simulation == NULL)
        return;
    unwatch(simulation);
    samples_free(simulation->samples);
    timeline_free(simulation->timeline);
    load_free(simulation->load);
    verifier_free(simulation->verifier);
    cluster_free(simulation->cluster);
    history_free(simulation->history);
    g_array_free(simulation->findings, TRUE);
    picture_free(simulation->evidence);
    text_done(&simulation->stuck);
    if (simulation->thresholds != NULL)
        g_array_free(simulation->thresholds, TRUE);
    g_free(simulation->replay);
    g_free(simulation);
}
