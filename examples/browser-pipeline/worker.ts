/** The page's worker: networks run here, and the page goes on drawing. */
import { serveSessions } from "arcface-ts/pipeline";

serveSessions();
