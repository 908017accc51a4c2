-- The labels of the watch, as they were when the incident last grew.
ALTER TABLE incident ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';   -- JSON: name -> value
