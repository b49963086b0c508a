/// The tables of a registry.
///
/// Columns that hold a moment accept only the text of ``Moment``, so that order by text is order by time.
enum Schema {
    /// Raised with every change of the tables; a file with a higher one is refused.
    static let version = 1
    /// Marks the file as a registry (the letters `TNDM`).
    static let applicationIdentifier = 0x544E_444D

    /// The tables in an order in which references point backwards, as exports list them.
    ///
    /// `retraining_lock` is missing: who is training at the moment is nothing to keep.
    static let exportedTables = [
        "model_versions", "deployments", "ab_outcomes", "training_records", "rollout_watch",
        "satisfaction",
    ]

    /// The columns that hold JSON; a name means the same in every table.
    static let jsonColumns: Set = [
        "training_metrics", "performance_metrics", "detail", "user_vibe_dimensions",
        "spot_vibe_dimensions", "context_features", "timing_features", "formula_breakdown",
        "metadata",
    ]

    /// The columns that hold a moment.
    static let momentColumns: Set = [
        "trained_date", "ab_start", "created_at", "updated_at", "at", "outcome_at", "started_at",
    ]

    /// Makes all tables in an empty database, inside the caller's transaction.
    static func create(in database: Database) throws {
        for part in [versions, outcomes, records, rollout] { try database.executeScript(part) }
        try createHistoryGuards(in: database)
        try database.executeScript(
            "PRAGMA application_id = \(applicationIdentifier); PRAGMA user_version = \(version);")
    }

    /// Makes the history append-only.
    static func createHistoryGuards(in database: Database) throws {
        try database.executeScript(
            """
            CREATE TRIGGER deployments_update BEFORE UPDATE ON deployments
            BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
            CREATE TRIGGER deployments_delete BEFORE DELETE ON deployments
            BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END;
            """)
    }

    /// Lets an import replace the history; ``createHistoryGuards(in:)`` follows in the same transaction.
    static func dropHistoryGuards(in database: Database) throws {
        try database.executeScript(
            "DROP TRIGGER deployments_update; DROP TRIGGER deployments_delete;")
    }

    private static func moment(_ column: String) -> String {
        let digit = "[0-9]"
        let two = digit + digit
        let pattern = "\(two)\(two)-\(two)-\(two)T\(two):\(two):\(two).\(two)\(digit)Z"
        return "CHECK (\(column) GLOB '\(pattern)')"
    }

    private static func share(_ column: String) -> String {
        "CHECK (\(column) BETWEEN 0 AND 1)"
    }

    private static func flag(_ column: String) -> String {
        "INTEGER NOT NULL CHECK (\(column) IN (0, 1))"
    }

    private static func json(_ column: String) -> String {
        "CHECK (\(column) IS NULL OR json_valid(\(column)))"
    }

    private static let outcomeColumns = """
        outcome_type TEXT CHECK (outcome_type IN ('positive', 'negative', 'neutral')),
        outcome_score REAL \(share("outcome_score")),
        """

    private static let versions = """
        CREATE TABLE model_versions(
          model_type TEXT NOT NULL CHECK (model_type <> ''),
          version TEXT NOT NULL CHECK (version <> ''),
          model_path TEXT,
          model_sha256 TEXT CHECK (length(model_sha256) = 64),
          default_weight REAL NOT NULL \(share("default_weight")),
          current_weight REAL \(share("current_weight")),
          data_source TEXT NOT NULL
            CHECK (data_source IN ('synthetic', 'hybrid_big_five', 'real_data')),
          trained_date TEXT \(moment("trained_date")),
          status TEXT NOT NULL
            CHECK (status IN ('staging', 'active', 'deprecated', 'archived')),
          description TEXT NOT NULL,
          training_metrics TEXT NOT NULL \(json("training_metrics")),
          ab_traffic REAL \(share("ab_traffic")),
          ab_start TEXT \(moment("ab_start")),
          performance_metrics TEXT \(json("performance_metrics")),
          created_at TEXT NOT NULL \(moment("created_at")),
          updated_at TEXT NOT NULL \(moment("updated_at")),
          PRIMARY KEY (model_type, version),
          CHECK ((model_path IS NULL) = (model_sha256 IS NULL)),
          CHECK (status <> 'active' OR model_path IS NOT NULL),
          CHECK (ab_traffic IS NULL OR status = 'staging')
        ) STRICT;
        CREATE UNIQUE INDEX one_active_version ON model_versions(model_type)
          WHERE status = 'active';
        CREATE UNIQUE INDEX one_running_test ON model_versions(model_type) WHERE ab_traffic > 0;
        CREATE TRIGGER version_status BEFORE UPDATE OF status ON model_versions
        WHEN OLD.status <> NEW.status AND OLD.status || ' ' || NEW.status NOT IN (
          'staging active', 'staging deprecated', 'staging archived', 'active deprecated',
          'deprecated active', 'deprecated archived')
        BEGIN SELECT RAISE(ABORT, 'this change of status is not allowed'); END;

        CREATE TABLE deployments(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          model_type TEXT NOT NULL,
          action TEXT NOT NULL CHECK (action <> ''),
          from_version TEXT,
          to_version TEXT,
          detail TEXT NOT NULL \(json("detail")),
          at TEXT NOT NULL \(moment("at")),
          FOREIGN KEY (model_type, from_version) REFERENCES model_versions(model_type, version),
          FOREIGN KEY (model_type, to_version) REFERENCES model_versions(model_type, version)
        ) STRICT;
        CREATE INDEX deployments_type ON deployments(model_type, id);
        """

    /// An outcome without version can only come from the formula, which is none.
    private static let outcomes = """
        CREATE TABLE ab_outcomes(
          id INTEGER PRIMARY KEY,
          model_type TEXT NOT NULL,
          version TEXT,
          subject_id TEXT NOT NULL,
          opportunity_id TEXT NOT NULL,
          test_group TEXT NOT NULL
            CHECK (test_group IN ('control', 'candidate', 'formulaBased', 'hybrid')),
          calling_score REAL NOT NULL \(share("calling_score")),
          is_called \(flag("is_called")),
          \(outcomeColumns)
          at TEXT NOT NULL \(moment("at")),
          created_at TEXT NOT NULL \(moment("created_at")),
          CHECK (version IS NOT NULL OR test_group = 'formulaBased'),
          FOREIGN KEY (model_type, version) REFERENCES model_versions(model_type, version)
        ) STRICT;
        CREATE INDEX ab_outcomes_subject ON ab_outcomes(subject_id);
        CREATE INDEX ab_outcomes_group ON ab_outcomes(test_group);
        CREATE INDEX ab_outcomes_at ON ab_outcomes(at);
        CREATE INDEX ab_outcomes_outcome ON ab_outcomes(outcome_type);
        CREATE INDEX ab_outcomes_group_at ON ab_outcomes(test_group, at);
        CREATE INDEX ab_outcomes_version_at ON ab_outcomes(model_type, version, at);
        """

    private static let records = """
        CREATE TABLE training_records(
          id INTEGER PRIMARY KEY,
          subject_id TEXT NOT NULL,
          opportunity_id TEXT NOT NULL,
          user_vibe_dimensions TEXT NOT NULL \(json("user_vibe_dimensions")),
          spot_vibe_dimensions TEXT NOT NULL \(json("spot_vibe_dimensions")),
          context_features TEXT NOT NULL \(json("context_features")),
          timing_features TEXT NOT NULL \(json("timing_features")),
          formula_calling_score REAL NOT NULL \(share("formula_calling_score")),
          formula_is_called \(flag("formula_is_called")),
          formula_breakdown TEXT \(json("formula_breakdown")),
          \(outcomeColumns)
          outcome_at TEXT \(moment("outcome_at")),
          at TEXT NOT NULL \(moment("at")),
          created_at TEXT NOT NULL \(moment("created_at")),
          updated_at TEXT NOT NULL \(moment("updated_at")),
          metadata TEXT \(json("metadata"))
        ) STRICT;
        CREATE INDEX training_records_subject ON training_records(subject_id);
        CREATE INDEX training_records_opportunity ON training_records(opportunity_id);
        CREATE INDEX training_records_at ON training_records(at DESC);
        CREATE INDEX training_records_outcome ON training_records(outcome_type)
          WHERE outcome_type IS NOT NULL;
        CREATE INDEX training_records_called ON training_records(formula_is_called);
        CREATE INDEX training_records_pair ON training_records(subject_id, opportunity_id);
        """

    private static let rollout = """
        CREATE TABLE rollout_watch(
          model_type TEXT PRIMARY KEY NOT NULL,
          from_version TEXT NOT NULL,
          to_version TEXT NOT NULL,
          started_at TEXT NOT NULL \(moment("started_at")),
          baseline_avg REAL \(share("baseline_avg")),
          baseline_n INTEGER NOT NULL CHECK (baseline_n >= 0),
          min_post_n INTEGER NOT NULL CHECK (min_post_n >= 1),
          rollback_delta REAL NOT NULL CHECK (rollback_delta > 0),
          CHECK ((baseline_avg IS NULL) = (baseline_n = 0)),
          FOREIGN KEY (model_type, from_version) REFERENCES model_versions(model_type, version),
          FOREIGN KEY (model_type, to_version) REFERENCES model_versions(model_type, version)
        ) STRICT;
        CREATE TABLE satisfaction(
          id INTEGER PRIMARY KEY,
          score REAL NOT NULL \(share("score")),
          at TEXT NOT NULL \(moment("at"))
        ) STRICT;
        CREATE INDEX satisfaction_at ON satisfaction(at);
        CREATE TABLE retraining_lock(
          model_type TEXT PRIMARY KEY NOT NULL,
          process INTEGER NOT NULL,
          reason TEXT NOT NULL CHECK (reason IN ('scheduled', 'data_threshold', 'manual')),
          started_at TEXT NOT NULL \(moment("started_at"))
        ) STRICT;
        """
}
