/** The module of a page's worker. */
import { serveSessions } from "arcface-ts/pipeline";

serveSessions();
