package store

// dialect is all that differs between the engines.
type dialect struct {
	name     string
	driver   string
	maxConns int
	// skipLocked follows a SELECT that leases rows: SQLite has one writer and
	// needs nothing.
	skipLocked string
	// lockMigrations serialises concurrent starts; "" where the engine's own
	// write lock does.
	lockMigrations string
	// keepStatements: the driver compiles a text anew each time it runs.
	keepStatements bool
}

func sqliteDialect() dialect {
	return dialect{name: "sqlite", driver: "sqlite", maxConns: 4, keepStatements: true}
}

func postgresDialect() dialect {
	return dialect{
		name: "postgres", driver: "pgx", maxConns: 16,
		skipLocked:     " FOR UPDATE SKIP LOCKED",
		lockMigrations: "SELECT pg_advisory_xact_lock(7274656)",
	}
}
