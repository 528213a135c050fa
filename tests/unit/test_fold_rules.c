/* Who may do what to a case: the verdicts that the fold gives by author and by the table of acts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fold_story.h"

#include <stdio.h>
#include <string.h>

/* --- authors --- */

static void a_handheld_cites_its_person_and_a_centre_its_own_posts(void **state)
{
    (void)state;
    holds("story authors\n" REPORT
          "e h1 1 1 300 a000000000000002 h2/H/150622103203002001 1 note 0 0 - none +notes:sa\n"
          "e ct 1 1 300 a000000000000003 k1/K/150622103 1 note 0 0 - none +notes:sb\n"
          "e cb 1 1 300 a000000000000004 k1/K/150622103 1 note 0 0 - none +notes:sc\n"
          "e ct 1 2 300 a000000000000005 -/N/150622103 1 note 0 0 - none +notes:sd\n"
          "e ct 1 3 300 a000000000000006 -/N/150622 1 note 0 0 - none +notes:se\n"
          "e k1 1 1 300 a000000000000007 -/N/150622103 1 note 0 0 - none +notes:sf\n"
          "e w1 1 2 300 a000000000000008 w1/W/150622103203002 1 note 0 0 - none +notes:sg\n"
          "e ct 1 4 300 a000000000000009 o1/O/150622103D0001 1 note 0 0 - none +notes:sh\n"
          "= 9 1\nv vavavaaas\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE
          "k notes sb=2 sd=4\n");
}

static void an_unknown_author_or_roster_is_waited_for(void **state)
{
    (void)state;
    holds("story unknown\n" REPORT
          "e zz 1 1 300 a000000000000002 h1/H/150622103203001001 1 note 0 0 - none +notes:sa\n"
          "e h1 1 1 300 a000000000000003 h1/H/150622103203001001 2 note 0 0 - none +notes:sb\n"
          "e h1 1 2 300 a000000000000004 h1/H/150622103203001001 0 note 0 0 - none +notes:sc\n"
          "= 4 1\nv vppa\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE);
}

/* Before its first roster a centre has none but its node to file by. */
static void a_node_files_without_a_roster(void **state)
{
    (void)state;
    holds("story node\n"
          "e ct 1 1 100 a000000000000001 -/N/150622103 0 create - - - none category:u201 "
          "description:sd holder:s150622103 state:u1 title:stitle unit:s150622103203 urgency:u3\n"
          "= 1 1\nv v\nc 0\nr state u1=0\nr title stitle=0\nr holder s150622103=0\n"
          "r category u201=0\nr description sd=0\nr unit s150622103203=0\nr urgency u3=0\n");
}

static void an_admin_has_no_case_rights(void **state)
{
    (void)state;
    holds("story admin\n" REPORT
          "e a1 1 1 300 a000000000000002 a1/A/150622103 1 note 0 0 - none +notes:sn\n"
          "= 2 1\nv vr\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE);
}

/* --- what the table asks for --- */

static void a_kind_writes_its_own_registers_and_collections(void **state)
{
    (void)state;
    holds("story owes\n" REPORT
          "e h1 1 1 300 a000000000000002 h1/H/150622103203001001 1 note 0 0 - none +tags:smining\n"
          "e h1 1 2 300 a000000000000003 h1/H/150622103203001001 1 note 0 0 - none title:sother\n"
          "e k1 1 1 300 a000000000000004 k1/K/150622103 1 accept 0 0 - 0 due:a1,2,1 "
          "holder:s150622103 state:u10\n"
          "e k1 1 2 300 a000000000000005 k1/K/150622103 1 accept 0 0 - none due:a1,2,1 "
          "holder:s150622103 state:u2\n"
          "e w1 1 2 300 a000000000000006 w1/W/150622103203001 1 amend 0 0 - none unit:s150622103\n"
          "e w1 1 3 300 a000000000000007 w1/W/150622103203001 1 amend 0 0 - none due:a1,2,1\n"
          "= 7 1\nv vqqqqqq\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE);
}

#define CREATE_OF(author, post, kind, category, holder, unit, urgency, more)          \
    "story create\ne " author " 1 1 100 a000000000000001 " author "/" post " 1 " kind \
    " - - - none category:" category " description:sd holder:s" holder " " more       \
    " title:stitle unit:s" unit " urgency:" urgency "\n= 1 1\n"
#define W_POST "W/150622103203001"

static void a_create_is_judged_by_itself(void **state)
{
    (void)state;
    /* the first holder is the rule's: the village, and the township for what is urgent */
    holds(CREATE_OF("w1", W_POST, "create", "u201", "150622103", "150622103203001", "u3",
            "state:u1") "v q\n");
    holds(CREATE_OF("w1", W_POST, "create", "u201", "150622103203", "150622103203001", "u2",
            "state:u1") "v q\n");
    holds(CREATE_OF("w1", W_POST, "create", "u201", "150622103203", "150622103203001", "u3",
            "+tags:smining state:u1") "v q\n");
    /* another township, a place that is none of matters, a state that is not reported */
    holds(CREATE_OF("w1", W_POST, "create", "u201", "150622104201", "150622104201001", "u3",
            "state:u1") "v s\n");
    holds(CREATE_OF(
            "w1", W_POST, "create", "u201", "150622103", "150622103", "u2", "state:u1") "v q\n");
    holds(CREATE_OF("w1", W_POST, "create", "u201", "150622103203", "150622103203001", "u3",
            "state:u2") "v q\n");
    /* an officer may create, a leader may not */
    holds(CREATE_OF("l1", "L/150622103", "create", "u201", "150622103", "150622103203001", "u3",
            "state:u1") "v r\n");
    /* done on the spot: U3 or U4, no category that is never self-resolved, in the own place */
    holds(CREATE_OF("w1", W_POST, "create_resolved", "u201", "150622103", "150622103203001", "u2",
            "outcome:o1,1,x state:u6") "v q\n");
    holds(CREATE_OF("w1", W_POST, "create_resolved", "u206", "150622103203", "150622103203001",
            "u3", "outcome:o1,1,x state:u6") "v q\n");
    holds(CREATE_OF("w1", W_POST, "create_resolved", "u201", "150622103203", "150622103203002",
            "u3", "outcome:o1,1,x state:u6") "v s\n");
    holds(CREATE_OF("w1", W_POST, "create_resolved", "u201", "150622103203", "150622103203001",
            "u3", "state:u6") "v q\n");
}

static void a_void_create_leaves_a_stub(void **state)
{
    struct fixture fixture;
    (void)state;
    static const char text[] =
            "story stub\n"
            "e w1 1 1 100 a000000000000001 w1/W/150622103203001 1 create - - - none category:u201 "
            "description:sd holder:s150622103 state:u1 title:stitle unit:s150622103203001 "
            "urgency:u3\n" ACCEPT "= 2 1\nv qt\n";
    holds(text);
    tell(&fixture, text);
    struct fold *fold = fixture.world.folds[0];
    assert_int_equal(fold_state(fold), 0);
    assert_int_equal(fold_conflict_count(fold), 0);
    assert_ptr_equal(fold_create(fold), held(&fixture, 0));
    forget(&fixture);
}

static void a_leader_acts_once_named(void **state)
{
    (void)state;
    holds("story leader\n" REPORT "e l1 1 1 200 a000000000000002 l1/L/150622103 1 urge 0 0 - none\n"
          "e d1 1 1 300 a000000000000003 d1/D/150622103 1 lead_case 0 0 - none case_leader:Pl1\n"
          "e l1 1 2 400 a000000000000004 l1/L/150622103 1 supervise 0 0,2 - none supervision:u1\n"
          "e k1 1 1 300 a000000000000005 k1/K/150622103 1 lead_case 0 0 - none case_leader:Pl1\n"
          "= 5 1\nv vrvvr\nc 0\nr state u1=0\nr title stitle=0\n" REPORT_LIVE
          "r case_leader Pl1=2\nr supervision u1=3\n");
}

static void litigation_follows_mediation_or_a_reason(void **state)
{
    (void)state;
    static const char told[] =
            "story court\n" REPORT ACCEPT
            "e s1 1 2 300 a000000000000003 s1/S/150622103203 1 assign 0 0,1 - 0,1 "
            "lead:L150622103D0001 state:u3\n"
            "e o1 1 1 400 a000000000000004 o1/O/150622103D0001 1 take 0 2 - none state:u4\n"
            "e s1 1 3 450 a000000000000005 s1/S/150622103203 1 discuss 0 3 - none\n"
            "e o1 1 2 500 a000000000000006 o1/O/150622103D0001 1 resolve 0 1,2,3%s - 2,3 "
            "outcome:o10,1,x state:u6%s\n"
            "= 6 1\nv vvvvv%s\n";
    static const char *const cases[][3] = {
            {"", "", "q"}, {"", " .reason:surgent", "v"}, {",4", "", "v"}};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture;
        char text[2048];
        snprintf(text, sizeof(text), told, cases[i][0], cases[i][1], cases[i][2]);
        tell(&fixture, text);
        assert_int_equal(held(&fixture, 5)->verdict,
                cases[i][2][0] == 'v' ? GRID_VALID : GRID_VOID_REQUIREMENT);
        forget(&fixture);
    }
}

/* Accepted, assigned and taken by the office, resolved; three follow-ups reached nobody; answered.
 */
static const char round_told[] =
        "story round\n"
        "e w1 1 1 100 a000000000000001 w1/W/150622103203001 1 create - - - none .applicant:b1 "
        "category:u201 description:sd holder:s150622103203 state:u1 title:stitle "
        "unit:s150622103203001001 urgency:u3\n"
        "e k1 1 1 200 a000000000000002 k1/K/150622103 1 accept 0 0 - 0 due:a1,2,1 "
        "holder:s150622103 state:u2\n"
        "e k1 1 2 201 a000000000000003 k1/K/150622103 1 assign 0 1 - 0,1 "
        "lead:L150622103D0001 state:u3\n"
        "e o1 1 1 202 a000000000000004 o1/O/150622103D0001 1 take 0 2 - none state:u4\n"
        "e o1 1 2 203 a000000000000005 o1/O/150622103D0001 1 resolve 0 1,2,3 - 2,3 "
        "outcome:o7,1,x state:u6\n"
        "e w1 1 2 301 a000000000000006 w1/W/150622103203001 1 follow_up 0 4 - none .reached:b0\n"
        "e w1 1 3 302 a000000000000007 w1/W/150622103203001 1 follow_up 0 4 - none .reached:b0\n"
        "e w1 1 4 303 a000000000000008 w1/W/150622103203001 1 follow_up 0 4 - none .reached:b0\n"
        "e k1 1 3 304 a000000000000009 k1/K/150622103 1 feedback 0 4 - none\n";

static void ends_in(const char *told, const char *last, enum grid_verdict verdict)
{
    char text[4096];
    struct fixture fixture;
    snprintf(text, sizeof(text), "%s%s\n= 10 1\n", told, last);
    tell(&fixture, text);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(held(&fixture, i)->verdict, GRID_VALID);
    assert_int_equal(held(&fixture, 9)->verdict, verdict);
    forget(&fixture);
}

static void a_close_rests_on_follow_up_and_answer(void **state)
{
#define CLOSE "e k1 1 4 400 a00000000000000a k1/K/150622103 1 close 0 "
    (void)state;
    ends_in(round_told, CLOSE "1,4,5,6,7,8 - 4,8 .reason:snormal state:u10", GRID_VALID);
    ends_in(round_told, CLOSE "1,4,5,6,8 - 4,8 .reason:snormal state:u10", GRID_VOID_REQUIREMENT);
    ends_in(round_told, CLOSE "1,4,5,6,7 - 4,8 .reason:snormal state:u10", GRID_VOID_REQUIREMENT);
    ends_in(round_told, CLOSE "1,4,5,6,7,8 - 4,8 .reason:sself_checked state:u10",
            GRID_VOID_REQUIREMENT);
    ends_in(round_told, CLOSE "1,4,5,6,7,8 - 4,8 .reason:sbored state:u10", GRID_VOID_REQUIREMENT);
}

static void a_ruling_chooses_among_states_and_holders_it_names(void **state)
{
#define RULING "e k1 1 4 400 a00000000000000a k1/K/150622103 1 ruling 0 "
    (void)state;
    ends_in(round_told, RULING "1,4 - 4 .reason:sr state:u6", GRID_VALID);
    ends_in(round_told, RULING "1,4 - 4 .reason:sr state:u5", GRID_VOID_REQUIREMENT);
    ends_in(round_told, RULING "1,4 - 4 .reason:sr holder:s150622103203", GRID_VOID_REQUIREMENT);
    ends_in(round_told, RULING "1,4 - 4 .reason:sr due:a7,8,1", GRID_VALID); /* a new value */
    ends_in(round_told, RULING "1,4 - 4 .reason:sr title:sother", GRID_VOID_REQUIREMENT);
    ends_in(round_told, RULING "0,1,4 - 4 .reason:sr title:sother", GRID_VALID);
    ends_in(round_told, RULING "0,1,4 - 4 title:sother", GRID_VOID_REQUIREMENT); /* no reason */
    ends_in(round_told, RULING "1,4 - 4 .reason:sr", GRID_VOID_REQUIREMENT);
}

/* The village works the case itself: its secretary neither follows up nor closes what it resolved,
 * but may answer; a ruling over resolves keeps who resolved, and void resolves resolve nothing. */
static void nobody_checks_the_own_work(void **state)
{
    static const char told[] =
            "story own~work\n" REPORT ACCEPT
            "e s1 1 2 201 a000000000000003 s1/S/150622103203 1 assign 0 1 - 0,1 "
            "lead:L150622103203 state:u3\n"
            "e s1 1 3 202 a000000000000004 s1/S/150622103203 1 take 0 2 - none state:u4\n"
            "e s1 1 4 203 a000000000000005 s1/S/150622103203 1 resolve 0 1,2,3 - 2,3 "
            "outcome:o7,1,x state:u6\n"
            "e w1 1 2 203 a000000000000006 w1/W/150622103203001 1 resolve 0 1,2,3 - 2,3 "
            "outcome:o7,1,x state:u6\n"
            "e s1 1 5 301 a000000000000007 s1/S/150622103203 1 follow_up 0 4 - none .reached:b1\n"
            "e s1 1 6 302 a000000000000008 s1/S/150622103203 1 feedback 0 4 - none\n"
            "e w1 1 3 303 a000000000000009 w1/W/150622103203001 1 follow_up 0 4 - none .reached:b1\n"
            "e s1 1 7 304 a00000000000000a s1/S/150622103203 1 close 0 1,4,8 - 4 .reason:snormal "
            "state:u10\n"
            "e k1 1 1 400 a00000000000000b k1/K/150622103 1 ruling 0 1,4,5 - 4 .reason:sr state:u6\n"
            "e s1 1 8 401 a00000000000000c s1/S/150622103203 1 follow_up 0 10 - none .reached:b1\n"
            "e w1 1 4 402 a00000000000000d w1/W/150622103203001 1 follow_up 0 10 - none .reached:b1\n"
            "= 13 1\n";
    struct fixture fixture;
    (void)state;
    static const char want[] = "vvvvvrqvvqvqv";
    tell(&fixture, told);
    for (size_t i = 0; i < 13; i++) {
        enum grid_verdict verdict = want[i] == 'v'   ? GRID_VALID
                                    : want[i] == 'r' ? GRID_VOID_ROLE
                                                     : GRID_VOID_REQUIREMENT;
        assert_int_equal(held(&fixture, i)->verdict, verdict);
    }
    forget(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(a_handheld_cites_its_person_and_a_centre_its_own_posts),
            cmocka_unit_test(an_unknown_author_or_roster_is_waited_for),
            cmocka_unit_test(a_node_files_without_a_roster),
            cmocka_unit_test(an_admin_has_no_case_rights),
            cmocka_unit_test(a_kind_writes_its_own_registers_and_collections),
            cmocka_unit_test(a_create_is_judged_by_itself),
            cmocka_unit_test(a_void_create_leaves_a_stub),
            cmocka_unit_test(a_leader_acts_once_named),
            cmocka_unit_test(litigation_follows_mediation_or_a_reason),
            cmocka_unit_test(a_close_rests_on_follow_up_and_answer),
            cmocka_unit_test(a_ruling_chooses_among_states_and_holders_it_names),
            cmocka_unit_test(nobody_checks_the_own_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
