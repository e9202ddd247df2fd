import { Component, type ReactNode } from 'react'
import { Button, Callout, copyText } from '../components/index.ts'

interface ErrorBoundaryProps {
  /** A new value tries again: another screen is not broken by this one. */
  resetKey: string
  children: ReactNode
}

interface State {
  error: Error | null
  resetKey: string
}

/** A screen that fails says so, and leaves the rest of the window alive. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { error: null, resetKey: this.props.resetKey }

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: State): Partial<State> | null {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <div className="mx-auto max-w-136 p-8">
        <Callout
          tone="failed"
          title="This screen cannot be shown"
          actions={
            <>
              <Button size="sm" onClick={() => this.setState({ error: null })}>
                Try again
              </Button>
              <Button size="sm" onClick={() => void copyText(error.stack ?? error.message)}>
                Copy details
              </Button>
            </>
          }
        >
          <p>
            This is a defect of Carport, not of your data: the engine goes on working, and the other screens can be
            used.
          </p>
          <p className="pt-1 font-mono text-2xs">{error.message}</p>
        </Callout>
      </div>
    )
  }
}
