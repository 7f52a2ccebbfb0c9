/* What the timeline and the nemesis share. */
#ifndef SCENARIO_BUILD_FAULTS_H
#define SCENARIO_BUILD_FAULTS_H
#include "scenario/build.h"
#include "scenario/fault_syntax.h"

/* The numbers of a kind, from its object; `fault->kind` is known. */
void build_fault_amounts(struct build *build, const json_t *value, const struct path *path,
                         struct fault_options *fault);
/* "disk" and "after_effects", which stand beside a crash. */
void build_fault_loss(struct build *build, const json_t *json, const struct path *path,
                      struct fault_options *fault);

/* Check that who joins is a spare, named or by chance, and that nobody else is one by chance. */
void build_fault_spares(struct build *build, const struct fault_options *fault,
                        const struct path *path);
/* build_fault_checks.c: report what could not be meant, or never does anything. */
void build_check_targets(struct build *build, const struct fault_options *fault,
                         const json_t *value, const struct path *path);
void build_check_amounts(struct build *build, const json_t *value, const struct path *path,
                         const struct fault_options *fault);
/* "for", of the object at `path`. */
void build_check_duration(struct build *build, const struct path *path,
                          const struct fault_options *fault);

/* Whether a fault can meet one of this group, as far as its selectors tell. */
bool build_fault_meets(const struct build *build, const struct fault_options *fault,
                       uint32_t group);
/* "build", beside a fault whose kind and duration are known: what its targets come back with. */
void build_fault_builds(struct build *build, const json_t *json, const struct path *path,
                        struct fault_options *fault);
/* Report builds that would change nothing, once all faults are known. */
void build_check_builds(struct build *build);

/* The id of the timeline's fault `index`, whose kind is known; one that has none gets its usual
 * one.
 */
void build_fault_id(struct build *build, json_t *json, size_t index, struct fault_options *fault);
/* Check that no two firings of any faults can bear the same name. */
void build_fault_names(struct build *build);

/* A weight as a whole number of millionths; what is above 0 stays so. */
uint64_t build_weight(double weight);

/* How many kinds the nemesis chooses from; and those kinds, behind the timeline's faults. */
size_t build_nemesis_size(const struct build *build);
void build_nemesis(struct build *build);

#endif
