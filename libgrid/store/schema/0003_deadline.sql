-- DOMAIN 6: until when a case owes what, and what makes it one for the supervision queue. Moments in
-- UTC ms, 0: none. Views like all of `cases`: of the entries, and of the policy that was known then.
ALTER TABLE cases ADD COLUMN accept_ms INTEGER NOT NULL DEFAULT 0;   -- while it waits to be accepted
ALTER TABLE cases ADD COLUMN act_ms INTEGER NOT NULL DEFAULT 0;      -- while the first act is owed
ALTER TABLE cases ADD COLUMN finish_ms INTEGER NOT NULL DEFAULT 0;   -- while the work is not done
ALTER TABLE cases ADD COLUMN red_ms INTEGER NOT NULL DEFAULT 0;      -- from then on a red card
ALTER TABLE cases ADD COLUMN check_ms INTEGER NOT NULL DEFAULT 0;    -- to be checked; a hold ends
ALTER TABLE cases ADD COLUMN reply_ms INTEGER NOT NULL DEFAULT 0;    -- while a letter waits for its reply
ALTER TABLE cases ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;     -- the latest entry
ALTER TABLE cases ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;       -- enum deadline_flag

-- Those that are here are looked at once more, some in each turn.
INSERT OR IGNORE INTO refold (case_no) SELECT no FROM cases;
